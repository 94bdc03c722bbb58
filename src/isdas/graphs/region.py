"""
Names of source regions in English and Japanese, by ISO 3166-1 code.

Holds the regions that figures of unwanted traffic usually show; any other keeps its code.
"""

_NAMES = {
    "AE": ("UAE", "アラブ首長国連邦"), "AR": ("Argentina", "アルゼンチン"), "AT": ("Austria", "オーストリア"),
    "AU": ("Australia", "オーストラリア"), "BD": ("Bangladesh", "バングラデシュ"), "BE": ("Belgium", "ベルギー"),
    "BG": ("Bulgaria", "ブルガリア"), "BR": ("Brazil", "ブラジル"), "BY": ("Belarus", "ベラルーシ"),
    "CA": ("Canada", "カナダ"), "CH": ("Switzerland", "スイス"), "CL": ("Chile", "チリ"), "CN": ("China", "中国"),
    "CO": ("Colombia", "コロンビア"), "CZ": ("Czechia", "チェコ"), "DE": ("Germany", "ドイツ"),
    "DK": ("Denmark", "デンマーク"), "EC": ("Ecuador", "エクアドル"), "EE": ("Estonia", "エストニア"),
    "EG": ("Egypt", "エジプト"), "ES": ("Spain", "スペイン"), "FI": ("Finland", "フィンランド"),
    "FR": ("France", "フランス"), "GB": ("United Kingdom", "英国"), "GR": ("Greece", "ギリシャ"),
    "HK": ("Hong Kong", "香港"), "HU": ("Hungary", "ハンガリー"), "ID": ("Indonesia", "インドネシア"),
    "IE": ("Ireland", "アイルランド"), "IL": ("Israel", "イスラエル"), "IN": ("India", "インド"),
    "IQ": ("Iraq", "イラク"), "IR": ("Iran", "イラン"), "IT": ("Italy", "イタリア"), "JP": ("Japan", "日本"),
    "KE": ("Kenya", "ケニア"), "KR": ("Korea", "韓国"), "KZ": ("Kazakhstan", "カザフスタン"),
    "LA": ("Laos", "ラオス"), "LT": ("Lithuania", "リトアニア"), "LU": ("Luxembourg", "ルクセンブルク"),
    "LV": ("Latvia", "ラトビア"), "MA": ("Morocco", "モロッコ"), "MD": ("Moldova", "モルドバ"),
    "MM": ("Myanmar", "ミャンマー"), "MN": ("Mongolia", "モンゴル"), "MX": ("Mexico", "メキシコ"),
    "MY": ("Malaysia", "マレーシア"), "NG": ("Nigeria", "ナイジェリア"), "NL": ("Netherlands", "オランダ"),
    "NO": ("Norway", "ノルウェー"), "NZ": ("New Zealand", "ニュージーランド"), "PE": ("Peru", "ペルー"),
    "PH": ("Philippines", "フィリピン"), "PK": ("Pakistan", "パキスタン"), "PL": ("Poland", "ポーランド"),
    "PT": ("Portugal", "ポルトガル"), "RO": ("Romania", "ルーマニア"), "RS": ("Serbia", "セルビア"),
    "RU": ("Russia", "ロシア"), "SA": ("Saudi Arabia", "サウジアラビア"), "SC": ("Seychelles", "セーシェル"),
    "SE": ("Sweden", "スウェーデン"), "SG": ("Singapore", "シンガポール"), "SI": ("Slovenia", "スロベニア"),
    "SK": ("Slovakia", "スロバキア"), "TH": ("Thailand", "タイ"), "TR": ("Türkiye", "トルコ"),
    "TW": ("Taiwan", "台湾"), "UA": ("Ukraine", "ウクライナ"), "US": ("USA", "米国"), "VE": ("Venezuela", "ベネズエラ"),
    "VN": ("Viet Nam", "ベトナム"), "ZA": ("South Africa", "南アフリカ"), "ZZ": ("unknown region", "地域不明"),
}  # fmt: skip


def region_name(code: str, language: str) -> str:
    """The name of a region in a language (``en`` or ``ja``); the code itself when it has no name here."""
    names = _NAMES.get(code)
    if names is None:
        return code
    return names[1 if language == "ja" else 0]
