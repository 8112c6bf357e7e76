"""What does a secret look like? The formats of well-known ones."""

from __future__ import annotations

import re
from typing import NamedTuple

MASK = "***"


class Format(NamedTuple):
    """A kind of secret: how it is found, and what stands in its place."""

    pattern: re.Pattern[str]
    masked: str


_START = r"(?<![A-Za-z0-9])"
_ALL = (
    # Keys in PEM, in one piece; `PRIVATE_KEY_BEGINS` is for those that come line by line.
    (
        "private",
        r"-----BEGIN [A-Z ]*PRIVATE KEY(?: BLOCK)?-----[\s\S]*?(?:-----END[^\n\"']*|\Z)",
        MASK,
    ),
    # https://user:password@host, and a long token in place of both
    ("://", r"(://[^\s/?#:@\"'<>]{0,500}):[^\s/?#\"'<>]{1,2000}@", rf"\1:{MASK}@"),
    ("://", r"://[^\s/?#:@\"'<>]{20,500}@", f"://{MASK}@"),
    # AWS
    (
        "akia asia aida aroa agpa anpa anva aipa abia acca",
        r"(?<![A-Z0-9])A(?:KIA|SIA|IDA|ROA|GPA|NPA|NVA|IPA|BIA|CCA)[A-Z0-9]{16}(?![A-Z0-9])",
        MASK,
    ),
    # GitHub, GitLab
    ("ghp_ gho_ ghu_ ghs_ ghr_", r"gh[pousr]_[A-Za-z0-9]{30,255}", MASK),
    ("github_pat_", r"github_pat_[A-Za-z0-9_]{22,255}", MASK),
    (
        "glpat- gldt- glrt- glcbt- glptt- glft- glimt- glagent- glsoat-",
        r"gl(?:pat|dt|rt|cbt|ptt|ft|imt|agent|soat)-[A-Za-z0-9_-]{20,}",
        MASK,
    ),
    # Slack, and webhooks of others
    ("xox", r"(?i:xox[a-z](?:\.xox[a-z])?-[A-Z0-9.-]{10,})", MASK),
    ("xapp-", r"(?i:xapp-\d-[A-Z0-9-]{10,})", MASK),
    ("hooks.slack", r"(?i)(hooks\.slack(?:-gov)?\.com/)[\w/+-]{8,}", rf"\1{MASK}"),
    ("/api/webhooks/", r"(?i)(/api/webhooks/)\d+/[\w-]{8,}", rf"\1{MASK}"),
    ("webhook.office.com", r"(webhook\.office\.com/)[^\s\"'<>]+", rf"\1{MASK}"),
    # JSON Web Tokens
    ("eyj", rf"{_START}eyJ[A-Za-z0-9_-]{{8,}}\.[A-Za-z0-9_-]{{4,}}(?:\.[A-Za-z0-9_-]*)*", MASK),
    # Google, Stripe, OpenAI and Anthropic, Hugging Face, npm, PyPI, SendGrid, Shopify, …
    ("aiza", rf"{_START}AIza[0-9A-Za-z_-]{{35}}", MASK),
    ("ya29.", rf"{_START}ya29\.[0-9A-Za-z_-]{{20,}}", MASK),
    ("gocspx-", r"GOCSPX-[\w-]{20,}", MASK),
    ("k_live_ k_test_ whsec_", rf"{_START}(?:[srp]k_(?:live|test)|whsec)_\w{{10,}}", MASK),
    ("sk-", rf"{_START}sk-[A-Za-z0-9_-]{{20,}}", MASK),
    ("hf_", rf"{_START}hf_[A-Za-z0-9]{{30,}}", MASK),
    ("npm_", rf"{_START}npm_[A-Za-z0-9]{{36}}", MASK),
    ("pypi-", rf"{_START}pypi-[A-Za-z0-9_-]{{50,}}", MASK),
    ("sg.", rf"{_START}SG\.[\w-]{{16,}}\.[\w-]{{16,}}", MASK),
    ("shpat_ shpca_ shppa_ shpss_", r"shp(?:at|ca|pa|ss)_[a-fA-F0-9]{32}", MASK),
    ("dop_v1_ doo_v1_ dor_v1_", rf"{_START}do[opr]_v1_[a-f0-9]{{64}}", MASK),
    ("dapi", rf"{_START}dapi[a-f0-9]{{32}}", MASK),
    (":aa", r"(?<!\d)\d{8,10}:AA[A-Za-z0-9_-]{33}(?![A-Za-z0-9_-])", MASK),
    # Authorization: Bearer …
    (
        "bearer basic",
        r"\b((?i:Bearer|Basic)\s+)(?=[^\s,;\"']*[0-9A-Z])[A-Za-z0-9._~+/=-]{12,}",
        rf"\1{MASK}",
    ),
    # …?sig=…
    ("sig= signature=", r"(?i)([?&](?:sig|signature)=)[^&\s\"'<>#]{8,}", rf"\1{MASK}"),
)
FORMATS = tuple(
    (hint, Format(re.compile(pattern), masked))
    for hints, pattern, masked in _ALL
    for hint in hints.split()
)
"""Pairs of a text in small letters that must be there, and the format that is then looked for."""

PRIVATE_KEY_BEGINS = re.compile(r"-----BEGIN [A-Z ]*PRIVATE KEY(?: BLOCK)?-----")
PRIVATE_KEY_ENDS = re.compile(r"-----END [A-Z ]*PRIVATE KEY(?: BLOCK)?-----")
PART_OF_A_KEY = re.compile(r"\s*[A-Za-z0-9+/]{16,}={0,2}\s*|\s*(?:Proc-Type|DEK-Info|Comment): .*")
