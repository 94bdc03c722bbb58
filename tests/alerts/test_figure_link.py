"""Links to figures, labelled as in the alerts of 2005 to 2009."""

import pytest

from isdas.alerts.config import Config
from isdas.alerts.figure_link import FigureLink


@pytest.mark.parametrize(
    ("path", "english", "japanese"),
    [
        (
            "isdas/2008/20080805-1104_445_port.png",
            "ISDAS graph for TCP port 445 (2008/08/05-11/04)",
            "ISDAS アクセス先ポート別グラフ TCP 445 (2008/8/5-11/4)",
        ),
        (
            "isdas/2009/20081205-0204_445_region.png",
            "ISDAS graph of source regions for TCP port 445 (2008/12/05-2009/02/04)",
            "ISDAS アクセス元地域別ポート指定グラフ TCP 445 (2008/12/5-2009/2/4)",
        ),
        (
            "isdas/2005/20050708-15_tcp1433_port.png",
            "ISDAS graph for TCP port 1433 (2005/07/08-07/15)",
            "ISDAS アクセス先ポート別グラフ TCP 1433 (2005/7/8-7/15)",
        ),
        (
            "isdas/2015/20151001-1231_udp53413_port_ja.svg",
            "ISDAS graph for UDP port 53413 (2015/10/01-12/31)",
            "ISDAS アクセス先ポート別グラフ UDP 53413 (2015/10/1-12/31)",
        ),
        (
            "isdas/2008/20080805-1104_port.png",
            "ISDAS graph for the top five ports (2008/08/05-11/04)",
            "ISDAS アクセス先ポート別グラフ (2008/8/5-11/4)",
        ),
        (
            "isdas/2008/20080805-1104_region.png",
            "ISDAS graph of source regions (2008/08/05-11/04)",
            "ISDAS アクセス元地域別グラフ (2008/8/5-11/4)",
        ),
        ("pictures/other.png", "ISDAS graph", "ISDAS グラフ"),
        ("isdas/2008/20081305-1104_445_port.png", "ISDAS graph for TCP port 445 (20081305-1104)",
         "ISDAS アクセス先ポート別グラフ TCP 445 (20081305-1104)"),
    ],
    ids=["445", "region", "2005", "udp", "top-five", "regions", "other-name", "no-date"],
)  # fmt: skip
def test_label_is_read_from_the_path(path: str, english: str, japanese: str, config: Config) -> None:
    """The canonical path says what the figure shows; what is not canonical is called a graph."""
    link = FigureLink(path)
    assert (link.title("en", config), link.title("ja", config)) == (english, japanese)


def test_given_labels_and_paths_win(config: Config) -> None:
    """A label that is given is kept, and the Japanese text links to the Japanese picture if there is one."""
    link = FigureLink("a/b.png", label_en="A graph", label_ja="グラフ", path_ja="a/b_ja.png")
    assert (link.title("en", config), link.title("ja", config)) == ("A graph", "グラフ")
    assert link.url("en", config) == "http://127.0.0.1:8445/a/b.png"
    assert link.url("ja", config) == "http://127.0.0.1:8445/a/b_ja.png"
    assert FigureLink("a/b.png").url("ja", Config(site_url="https://example.org/")) == "https://example.org/a/b.png"
