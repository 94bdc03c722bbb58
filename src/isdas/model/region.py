"""
Names of source regions in English and Japanese, by ISO 3166-1 code.

A region is where an address is registered; it says nothing about who is behind it.
"""

_NAMES = {
    "AD": ("Andorra", "アンドラ"), "AE": ("the United Arab Emirates", "アラブ首長国連邦"),
    "AF": ("Afghanistan", "アフガニスタン"), "AG": ("Antigua and Barbuda", "アンティグア・バーブーダ"),
    "AI": ("Anguilla", "アンギラ"), "AL": ("Albania", "アルバニア"), "AM": ("Armenia", "アルメニア"),
    "AO": ("Angola", "アンゴラ"), "AQ": ("Antarctica", "南極"), "AR": ("Argentina", "アルゼンチン"),
    "AS": ("American Samoa", "米領サモア"), "AT": ("Austria", "オーストリア"), "AU": ("Australia", "オーストラリア"),
    "AW": ("Aruba", "アルバ"), "AX": ("the Åland Islands", "オーランド諸島"),
    "AZ": ("Azerbaijan", "アゼルバイジャン"), "BA": ("Bosnia and Herzegovina", "ボスニア・ヘルツェゴビナ"),
    "BB": ("Barbados", "バルバドス"), "BD": ("Bangladesh", "バングラデシュ"), "BE": ("Belgium", "ベルギー"),
    "BF": ("Burkina Faso", "ブルキナファソ"), "BG": ("Bulgaria", "ブルガリア"), "BH": ("Bahrain", "バーレーン"),
    "BI": ("Burundi", "ブルンジ"), "BJ": ("Benin", "ベナン"), "BL": ("Saint Barthélemy", "サン・バルテルミー"),
    "BM": ("Bermuda", "バミューダ"), "BN": ("Brunei", "ブルネイ"), "BO": ("Bolivia", "ボリビア"),
    "BQ": ("the Caribbean Netherlands", "オランダ領カリブ"), "BR": ("Brazil", "ブラジル"),
    "BS": ("the Bahamas", "バハマ"), "BT": ("Bhutan", "ブータン"), "BW": ("Botswana", "ボツワナ"),
    "BY": ("Belarus", "ベラルーシ"), "BZ": ("Belize", "ベリーズ"), "CA": ("Canada", "カナダ"),
    "CD": ("the Democratic Republic of the Congo", "コンゴ民主共和国"),
    "CF": ("the Central African Republic", "中央アフリカ"), "CG": ("the Republic of the Congo", "コンゴ共和国"),
    "CH": ("Switzerland", "スイス"), "CI": ("Côte d'Ivoire", "コートジボワール"),
    "CK": ("the Cook Islands", "クック諸島"), "CL": ("Chile", "チリ"), "CM": ("Cameroon", "カメルーン"),
    "CN": ("China", "中国"), "CO": ("Colombia", "コロンビア"), "CR": ("Costa Rica", "コスタリカ"),
    "CU": ("Cuba", "キューバ"), "CV": ("Cabo Verde", "カーボベルデ"), "CW": ("Curaçao", "キュラソー"),
    "CY": ("Cyprus", "キプロス"), "CZ": ("the Czech Republic", "チェコ"), "DE": ("Germany", "ドイツ"),
    "DJ": ("Djibouti", "ジブチ"), "DK": ("Denmark", "デンマーク"), "DM": ("Dominica", "ドミニカ国"),
    "DO": ("the Dominican Republic", "ドミニカ共和国"), "DZ": ("Algeria", "アルジェリア"),
    "EC": ("Ecuador", "エクアドル"), "EE": ("Estonia", "エストニア"), "EG": ("Egypt", "エジプト"),
    "EH": ("Western Sahara", "西サハラ"), "ER": ("Eritrea", "エリトリア"), "ES": ("Spain", "スペイン"),
    "ET": ("Ethiopia", "エチオピア"), "FI": ("Finland", "フィンランド"), "FJ": ("Fiji", "フィジー"),
    "FK": ("the Falkland Islands", "フォークランド諸島"), "FM": ("Micronesia", "ミクロネシア"),
    "FO": ("the Faroe Islands", "フェロー諸島"), "FR": ("France", "フランス"), "GA": ("Gabon", "ガボン"),
    "GB": ("the United Kingdom", "英国"), "GD": ("Grenada", "グレナダ"), "GE": ("Georgia", "ジョージア"),
    "GF": ("French Guiana", "仏領ギアナ"), "GG": ("Guernsey", "ガーンジー"), "GH": ("Ghana", "ガーナ"),
    "GI": ("Gibraltar", "ジブラルタル"), "GL": ("Greenland", "グリーンランド"), "GM": ("the Gambia", "ガンビア"),
    "GN": ("Guinea", "ギニア"), "GP": ("Guadeloupe", "グアドループ"), "GQ": ("Equatorial Guinea", "赤道ギニア"),
    "GR": ("Greece", "ギリシャ"), "GT": ("Guatemala", "グアテマラ"), "GU": ("Guam", "グアム"),
    "GW": ("Guinea-Bissau", "ギニアビサウ"), "GY": ("Guyana", "ガイアナ"), "HK": ("Hong Kong", "香港"),
    "HN": ("Honduras", "ホンジュラス"), "HR": ("Croatia", "クロアチア"), "HT": ("Haiti", "ハイチ"),
    "HU": ("Hungary", "ハンガリー"), "ID": ("Indonesia", "インドネシア"), "IE": ("Ireland", "アイルランド"),
    "IL": ("Israel", "イスラエル"), "IM": ("the Isle of Man", "マン島"), "IN": ("India", "インド"),
    "IO": ("the British Indian Ocean Territory", "英領インド洋地域"), "IQ": ("Iraq", "イラク"),
    "IR": ("Iran", "イラン"), "IS": ("Iceland", "アイスランド"), "IT": ("Italy", "イタリア"),
    "JE": ("Jersey", "ジャージー"), "JM": ("Jamaica", "ジャマイカ"), "JO": ("Jordan", "ヨルダン"),
    "JP": ("Japan", "日本"), "KE": ("Kenya", "ケニア"), "KG": ("Kyrgyzstan", "キルギス"),
    "KH": ("Cambodia", "カンボジア"), "KI": ("Kiribati", "キリバス"), "KM": ("the Comoros", "コモロ"),
    "KN": ("Saint Kitts and Nevis", "セントクリストファー・ネービス"), "KP": ("North Korea", "北朝鮮"),
    "KR": ("South Korea", "韓国"), "KW": ("Kuwait", "クウェート"), "KY": ("the Cayman Islands", "ケイマン諸島"),
    "KZ": ("Kazakhstan", "カザフスタン"), "LA": ("Laos", "ラオス"), "LB": ("Lebanon", "レバノン"),
    "LC": ("Saint Lucia", "セントルシア"), "LI": ("Liechtenstein", "リヒテンシュタイン"),
    "LK": ("Sri Lanka", "スリランカ"), "LR": ("Liberia", "リベリア"), "LS": ("Lesotho", "レソト"),
    "LT": ("Lithuania", "リトアニア"), "LU": ("Luxembourg", "ルクセンブルク"), "LV": ("Latvia", "ラトビア"),
    "LY": ("Libya", "リビア"), "MA": ("Morocco", "モロッコ"), "MC": ("Monaco", "モナコ"),
    "MD": ("Moldova", "モルドバ"), "ME": ("Montenegro", "モンテネグロ"), "MF": ("Saint Martin", "サン・マルタン"),
    "MG": ("Madagascar", "マダガスカル"), "MH": ("the Marshall Islands", "マーシャル諸島"),
    "MK": ("North Macedonia", "北マケドニア"), "ML": ("Mali", "マリ"), "MM": ("Myanmar", "ミャンマー"),
    "MN": ("Mongolia", "モンゴル"), "MO": ("Macao", "マカオ"),
    "MP": ("the Northern Mariana Islands", "北マリアナ諸島"), "MQ": ("Martinique", "マルティニーク"),
    "MR": ("Mauritania", "モーリタニア"), "MS": ("Montserrat", "モントセラト"), "MT": ("Malta", "マルタ"),
    "MU": ("Mauritius", "モーリシャス"), "MV": ("the Maldives", "モルディブ"), "MW": ("Malawi", "マラウイ"),
    "MX": ("Mexico", "メキシコ"), "MY": ("Malaysia", "マレーシア"), "MZ": ("Mozambique", "モザンビーク"),
    "NA": ("Namibia", "ナミビア"), "NC": ("New Caledonia", "ニューカレドニア"), "NE": ("Niger", "ニジェール"),
    "NF": ("Norfolk Island", "ノーフォーク島"), "NG": ("Nigeria", "ナイジェリア"), "NI": ("Nicaragua", "ニカラグア"),
    "NL": ("the Netherlands", "オランダ"), "NO": ("Norway", "ノルウェー"), "NP": ("Nepal", "ネパール"),
    "NR": ("Nauru", "ナウル"), "NU": ("Niue", "ニウエ"), "NZ": ("New Zealand", "ニュージーランド"),
    "OM": ("Oman", "オマーン"), "PA": ("Panama", "パナマ"), "PE": ("Peru", "ペルー"),
    "PF": ("French Polynesia", "仏領ポリネシア"), "PG": ("Papua New Guinea", "パプアニューギニア"),
    "PH": ("the Philippines", "フィリピン"), "PK": ("Pakistan", "パキスタン"), "PL": ("Poland", "ポーランド"),
    "PM": ("Saint Pierre and Miquelon", "サンピエール・ミクロン"), "PR": ("Puerto Rico", "プエルトリコ"),
    "PS": ("Palestine", "パレスチナ"), "PT": ("Portugal", "ポルトガル"), "PW": ("Palau", "パラオ"),
    "PY": ("Paraguay", "パラグアイ"), "QA": ("Qatar", "カタール"), "RE": ("Réunion", "レユニオン"),
    "RO": ("Romania", "ルーマニア"), "RS": ("Serbia", "セルビア"), "RU": ("Russia", "ロシア"),
    "RW": ("Rwanda", "ルワンダ"), "SA": ("Saudi Arabia", "サウジアラビア"),
    "SB": ("the Solomon Islands", "ソロモン諸島"), "SC": ("the Seychelles", "セーシェル"),
    "SD": ("Sudan", "スーダン"), "SE": ("Sweden", "スウェーデン"), "SG": ("Singapore", "シンガポール"),
    "SH": ("Saint Helena", "セントヘレナ"), "SI": ("Slovenia", "スロベニア"), "SK": ("Slovakia", "スロバキア"),
    "SL": ("Sierra Leone", "シエラレオネ"), "SM": ("San Marino", "サンマリノ"), "SN": ("Senegal", "セネガル"),
    "SO": ("Somalia", "ソマリア"), "SR": ("Suriname", "スリナム"), "SS": ("South Sudan", "南スーダン"),
    "ST": ("São Tomé and Príncipe", "サントメ・プリンシペ"), "SV": ("El Salvador", "エルサルバドル"),
    "SX": ("Sint Maarten", "シント・マールテン"), "SY": ("Syria", "シリア"), "SZ": ("Eswatini", "エスワティニ"),
    "TC": ("the Turks and Caicos Islands", "タークス・カイコス諸島"), "TD": ("Chad", "チャド"),
    "TG": ("Togo", "トーゴ"), "TH": ("Thailand", "タイ"), "TJ": ("Tajikistan", "タジキスタン"),
    "TL": ("Timor-Leste", "東ティモール"), "TM": ("Turkmenistan", "トルクメニスタン"),
    "TN": ("Tunisia", "チュニジア"), "TO": ("Tonga", "トンガ"), "TR": ("Turkey", "トルコ"),
    "TT": ("Trinidad and Tobago", "トリニダード・トバゴ"), "TV": ("Tuvalu", "ツバル"), "TW": ("Taiwan", "台湾"),
    "TZ": ("Tanzania", "タンザニア"), "UA": ("Ukraine", "ウクライナ"), "UG": ("Uganda", "ウガンダ"),
    "US": ("the United States", "米国"), "UY": ("Uruguay", "ウルグアイ"), "UZ": ("Uzbekistan", "ウズベキスタン"),
    "VA": ("Vatican City", "バチカン"),
    "VC": ("Saint Vincent and the Grenadines", "セントビンセント・グレナディーン"), "VE": ("Venezuela", "ベネズエラ"),
    "VG": ("the British Virgin Islands", "英領バージン諸島"), "VI": ("the U.S. Virgin Islands", "米領バージン諸島"),
    "VN": ("Vietnam", "ベトナム"), "VU": ("Vanuatu", "バヌアツ"), "WS": ("Samoa", "サモア"),
    "YE": ("Yemen", "イエメン"), "YT": ("Mayotte", "マヨット"), "ZA": ("South Africa", "南アフリカ"),
    "ZM": ("Zambia", "ザンビア"), "ZW": ("Zimbabwe", "ジンバブエ"), "ZZ": ("unknown regions", "地域不明の送信元"),
}  # fmt: skip

_SHORT = {
    "AE": ("UAE", "アラブ首長国連邦"),
    "KR": ("Korea", "韓国"),
    "US": ("USA", "米国"),
    "ZZ": ("unknown region", "地域不明"),
}
"""Names beside a line of a figure, where they differ from those in running text; those of 2005 among them."""


def in_text(code: str, language: str) -> str | None:
    """The name in running text (``the Netherlands``) in ``en`` or ``ja``; None for a code that is none."""
    names = _NAMES.get(code)
    return None if names is None else names[language == "ja"]


def label(code: str, language: str) -> str:
    """The name beside a line of a figure (``Netherlands``, ``USA``); the code itself for a code that is none."""
    if code in _SHORT:
        return _SHORT[code][language == "ja"]
    return (in_text(code, language) or code).removeprefix("the ")
