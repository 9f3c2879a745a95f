"""The Jiaxing tables close with the city's published figures and say what is synthetic."""

import hashlib
import subprocess
import sys
import tomllib
from pathlib import Path

import pandas as pd
import pytest

HERE = Path(__file__).parents[1] / "layers" / "jiaxing"
NATURE = "示意(合成)"
FACTS = tomllib.loads((HERE / "facts.toml").read_text(encoding="utf-8"))


def sheet(name, **kwargs):
    return pd.read_csv(HERE / f"{name}.csv", encoding="utf-8-sig", keep_default_na=False, **kwargs)


def own(key):
    return FACTS["institutions"][key]["value"]


def operating(kind):
    table = sheet("institutions")
    return table[table["类型"].isin(kind) & (table["状态"] == "运营")]


def test_the_generator_writes_the_same_bytes(tmp_path):
    script = HERE / "generate.py"
    subprocess.run([sys.executable, str(script), str(tmp_path)], check=True, timeout=120)
    for line in (HERE / "SHA256SUMS").read_text(encoding="utf-8").splitlines():
        digest, name = line.split()
        for folder in (HERE, tmp_path):
            assert hashlib.sha256((folder / name).read_bytes()).hexdigest() == digest, name


def test_counties_close_with_the_city():
    table = sheet("counties")
    city = {key: entry["value"] for key, entry in FACTS["city"].items()}
    assert len(table) == 7
    assert table["常住人口"].sum() == city["residents"]
    assert table["60岁以上"].sum() == city["elders"]
    assert table["0-14岁"].sum() / city["residents"] == pytest.approx(
        city["children_share"], abs=1e-6
    )
    assert table["65岁以上"].sum() / city["residents"] == pytest.approx(
        city["elders_65_share"], abs=1e-6
    )
    assert (table["65岁以上"] < table["60岁以上"]).all()


def test_published_counties_keep_their_figures_and_the_others_say_that_they_are_estimates():
    table = sheet("counties").set_index("区县")
    assert table.loc["海宁市", ["常住人口", "0-14岁", "60岁以上", "65岁以上"]].tolist() == [
        *(1_076_199, 120_611, 203_763, 146_547)
    ]
    assert table.loc["平湖市", ["常住人口", "0-14岁", "60岁以上", "65岁以上"]].tolist() == [
        *(671_326, 76_761, 147_717, 108_726)
    ]
    assert table.loc["桐乡市", "常住人口"] == 1_029_754
    assert table.index[table["数据性质"] == "公报"].tolist() == ["海宁市", "平湖市"]
    assert table.index[table["人口来源"] == NATURE].tolist() == [
        "南湖区",
        "秀洲区",
        "嘉善县",
        "海盐县",
    ]
    assert table.index[table["市本级"] == "是"].tolist() == ["南湖区", "秀洲区"]
    assert (table["地区生产总值(亿元)"] == "").all()


def test_the_register_is_synthetic_and_adds_up():
    table = sheet("institutions")
    assert (table["数据性质"] == NATURE).all()
    assert table["编号"].is_unique
    homes = operating(["养老机构"])
    assert homes.groupby("区县").size().sum() == sum(own("elder_homes"))
    assert pd.to_numeric(homes["床位数"]).sum() == own("beds")
    assert pd.to_numeric(homes["认知障碍床位"]).sum() == own("dementia_beds")
    centres = operating(["居家养老服务中心"])
    assert pd.to_numeric(centres["家庭养老床位"]).sum() == own("home_beds")


def test_county_rules_find_passes_and_failures():
    counties = sheet("counties")["区县"].tolist()
    homes = operating(["养老机构"])
    special = homes[(homes["康养型"] == "是") & (homes["城区"] == "是")].groupby("区县").size()
    special = special.reindex(counties, fill_value=0)
    assert special.tolist() == own("health_care_homes")
    assert (special[["嘉善县", "海宁市", "平湖市", "桐乡市"]] >= 2).all()
    assert special["海盐县"] < 2
    assert special["秀洲区"] < 2  # a county-level district: the clause names counties and cities
    wards = operating(["综合医院"])
    wards = wards[wards["安宁疗护病区"] == "是"].groupby("区县").size()
    assert sorted(set(counties) - set(wards.index)) == ["海盐县"]
    consortia = operating(["康养联合体"])
    assert 0 < len(consortia) < 80
    follow = operating(["护理院", "康复医院"])
    assert (follow["启用年份"].astype(int) >= 2021).sum() == own("follow_up_new")
    centres = operating(["社区卫生服务中心", "镇卫生院"])
    assert 0 < (centres["安宁疗护"] == "是").mean() < 0.2
