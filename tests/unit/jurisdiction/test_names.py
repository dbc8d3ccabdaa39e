from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from strandwatch.domain.entity import EntityBook
from strandwatch.errors import ConfigurationError
from strandwatch.jurisdiction.entities import read_entities
from strandwatch.jurisdiction.names import (
    NameBook,
    UnusableNameError,
    normalise_name,
    read_names,
    region_country,
    shown,
)

ROOT = Path(__file__).parents[3]


@pytest.fixture(scope="module")
def book() -> NameBook:
    """The curated rules that come with the program."""
    entities = read_entities((ROOT / "config/entities").glob("*.toml"))
    return read_names((ROOT / "config/destinations").glob("*.toml"), entities)


@pytest.mark.parametrize(
    ("name", "entity", "location"),
    [
        ("bucket.oss-cn-beijing.aliyuncs.com", "alibaba-group", "CN"),
        ("bucket.oss-cn-hongkong-internal.aliyuncs.com", "alibaba-group", "HK"),
        ("bucket.oss-us-west-1.aliyuncs.com", "alibaba-group", "US"),
        ("s3.oss-eu-central-1.aliyuncs.com", "alibaba-group", "DE"),
        ("oss-accelerate.aliyuncs.com", "alibaba-group", None),
        ("registry.cn-hangzhou.aliyuncs.com", "alibaba-group", "CN"),
        ("data-1250000000.cos.ap-guangzhou.myqcloud.com", "tencent", "CN"),
        ("data-1250000000.cos.ap-hongkong.myqcloud.com", "tencent", "HK"),
        ("data-1250000000.cos.ap-taipei.myqcloud.com", "tencent", "TW"),
        ("data-1250000000.cos-internal.eu-moscow.tencentcos.cn", "tencent", "RU"),
        ("data-1250000000.cos.na-ashburn.tencentcos.com", "tencent", "US"),
        ("data-1250000000.cos.accelerate.myqcloud.com", "tencent", None),
        ("obs.ap-southeast-1.myhuaweicloud.com", "huawei", "HK"),
        ("obs.ru-northwest-2.myhuaweicloud.com", "huawei", "RU"),
        ("bucket.obs.cn-north-4.myhuaweicloud.com", "huawei", "CN"),
        ("obs.eu-west-101.myhuaweicloud.eu", "huawei", "IE"),
        ("s3.bj.bcebos.com", "baidu", "CN"),
        ("bucket.hkg.bcebos.com", "baidu", "HK"),
        ("tos-s3-cn-beijing.volces.com", "bytedance", "CN"),
        ("tos-cn-hongkong.volces.com", "bytedance", "HK"),
        ("x.bytepluses.com", "bytedance", None),
        ("ks3-cn-beijing.ksyuncs.com", "kingsoft-cloud", "CN"),
        ("bucket.cn-bj.ufileos.com", "ucloud", "CN"),
        ("bucket.tw-tp.ufileos.com", "ucloud", "TW"),
        ("bucket.rus-mosc.ufileos.com", "ucloud", "RU"),
        ("s3-cn-east-1.qiniucs.com", "qiniu", "CN"),
        ("s3-us-north-1.qiniucs.com", "qiniu", "US"),
        ("s3.cn-north-1.jdcloud-oss.com", "jd-com", "CN"),
        ("oos-hazz.ctyunapi.cn", "china-telecom", "CN"),
        ("eos-beijing-1.cmecloud.cn", "china-mobile", "CN"),
        ("s3.cn-north-1.amazonaws.com.cn", "aws-china-sinnet-nwcd", "CN"),
        ("s3.dualstack.ap-east-1.amazonaws.com", "amazon", "HK"),
        ("bucket.s3.ap-east-1.amazonaws.com", "amazon", "HK"),
        ("s3-ap-east-1.amazonaws.com", "amazon", "HK"),
        ("bucket.s3.ap-east-2.amazonaws.com", "amazon", "TW"),
        ("ec2-1-2-3-4.us-west-2.compute.amazonaws.com", "amazon", "US"),
        ("ap-east-1.s3.us-west-2.amazonaws.com", "amazon", "US"),
        ("bucket.s3.amazonaws.com", "amazon", None),
        ("app-x.a.asia-east2.run.app", "google", "HK"),
        ("app-x.a.asia-east1.run.app", "google", "TW"),
        ("vm.eastasia.cloudapp.azure.com", "microsoft", "HK"),
        ("vm.westeurope.cloudapp.azure.com", "microsoft", None),
        (
            "acct.blob.core.chinacloudapi.cn",
            "21vianet-blue-cloud-azure-china-operator",
            "CN",
        ),
        ("storage.yandexcloud.net", "yandex-cloud", None),
        ("bucket.hb.ru-msk.vkcloud-storage.ru", "vk", "RU"),
        ("hb.kz-ast.bizmrg.com", "vk", "KZ"),
        ("s3.ru-1.storage.selcloud.ru", "selectel", "RU"),
        ("s3.uz-2.storage.selcloud.ru", "selectel", "UZ"),
        ("s3.cloud.ru", "cloud-ru-sber", "RU"),
        ("s3.ir-thr-at1.arvanstorage.ir", "arvancloud", "IR"),
        ("storage.iran.liara.space", "liara", "IR"),
        ("ftp.cngb.org", "china-national-genebank", "CN"),
        ("submit.big.ac.cn", "cncb-ngdc", "CN"),
        ("app.bgionline.com", "bgi", None),
    ],
)
def test_a_name_says_whose_it_is_and_where(
    book: NameBook, name: str, entity: str, location: str | None
) -> None:
    match = book.match(normalise_name(name))

    assert match is not None
    assert (match.rule.entity, match.location) == (entity, location)


@pytest.mark.parametrize(
    "name",
    ["notaliyuncs.com", "aliyuncs.com.example.org", "example.org", "hwcdn.net", "cngb.org.uk"],
)
def test_rules_hit_on_the_borders_of_labels_only(book: NameBook, name: str) -> None:
    assert book.match(name) is None


@pytest.mark.parametrize(
    ("name", "country"),
    [
        ("a.cn", "CN"),
        ("a.xn--fiqs8s", "CN"),
        ("a.hk", "HK"),
        ("a.xn--p1ai", "RU"),
        ("a.su", "RU"),
        ("a.tw", "TW"),
        ("a.xn--kprw13d", "TW"),
        ("a.alibaba", "CN"),
        ("a.org", None),
    ],
)
def test_a_top_level_domain_says_a_little(book: NameBook, name: str, country: str | None) -> None:
    rule = book.tld(name)

    assert (rule and rule.country) == country


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("WWW.Example.ORG.", "www.example.org"),
        ("пример.рф", "xn--e1afmkfd.xn--p1ai"),
        ("例え。example。org", "xn--r8jz45g.example.org"),
        ("www\uff0eexample\uff61org", "www.example.org"),
        ("_sip._tcp.example.org", "_sip._tcp.example.org"),
    ],
)
def test_a_name_has_one_form(text: str, expected: str) -> None:
    assert normalise_name(text) == expected


@pytest.mark.parametrize(
    "text",
    [
        "",
        ".",
        "a..b",
        "a" * 64 + ".org",
        "x" * 4096,
        "é" * 4096,
        "a\x00b.org",
        "aliyuncs.com\x00.example.org",
        "a b.org",
        "\x1b[31m.org",
        "\u0430pple.org",
        "xn--pple-43d.org",
        "xn--\x80",
        "xn--a-ecp!",
        "\ud800.org",
    ],
)
def test_a_hostile_name_is_refused_with_a_safe_message(text: str) -> None:
    with pytest.raises(UnusableNameError) as caught:
        normalise_name(text)

    message = str(caught.value)
    assert message.isprintable()
    assert message.isascii()
    assert len(message) < 500


@given(st.text(max_size=400) | st.binary(max_size=300).map(lambda raw: raw.decode("latin-1")))
def test_any_text_is_a_name_or_refused(text: str) -> None:
    try:
        name = normalise_name(text)
    except UnusableNameError:
        return
    assert name.isascii()
    assert len(name) <= 253
    assert normalise_name(name) == name


@given(st.text(max_size=200))
def test_what_is_shown_is_safe_on_a_terminal(text: str) -> None:
    assert shown(text).isascii()
    assert shown(text).isprintable()


def test_the_longest_fitting_region_row_wins() -> None:
    regions = {"cn-*": "CN", "cn-hong*": "HK", "cn-x": "MO"}

    assert region_country(regions, "cn-beijing") == "CN"
    assert region_country(regions, "cn-hongkong") == "HK"
    assert region_country(regions, "cn-x") == "MO"
    assert region_country(regions, "us-1") is None


def test_a_cloud_is_found_by_any_of_its_names(book: NameBook) -> None:
    found = [book.cloud(text) for text in ("aliyun", "OSS", " Alibaba Cloud ")]

    assert [cloud.id for cloud in found if cloud is not None] == ["aliyun"] * 3
    assert book.cloud("nobody") is None


@pytest.mark.parametrize(
    ("text", "problem"),
    [
        ('[[tld]]\nlabel = "cn"\n', "country is missing"),
        ('[[name]]\nsuffix = "A B"\n', "suffix cannot be"),
        ('[[cloud]]\nid = "x"\naliases = "y"\n', "aliases cannot be"),
        (
            '[[name]]\nsuffix = "a.org"\nentity = "nobody"\nconfidence = "high"\n'
            'kind = "k"\nsource = "s"\nas_of = "2026-11-22"\n',
            "entity nobody is not known",
        ),
    ],
)
def test_a_bad_rule_is_named(tmp_path: Path, text: str, problem: str) -> None:
    path = tmp_path / "names.toml"
    path.write_text("version = 1\n" + text)

    with pytest.raises(ConfigurationError, match=problem):
        read_names([path], EntityBook({}))
