"""Currencies as files write them."""

from typing import Final

_CODES: Final = """
    AED AFN ALL AMD AOA ARS AUD AWG AZN BAM BBD BDT BGN BHD BIF BMD BND BOB BRL BSD BTN BWP BYN BZD
    CAD CDF CHF CLP CNY COP CRC CUP CVE CZK DJF DKK DOP DZD EGP ERN ETB EUR FJD FKP GBP GEL GHS GIP
    GMD GNF GTQ GYD HKD HNL HRK HTG HUF IDR ILS INR IQD IRR ISK JMD JOD JPY KES KGS KHR KMF KPW KRW
    KWD KYD KZT LAK LBP LKR LRD LSL LYD MAD MDL MGA MKD MMK MNT MOP MRU MUR MVR MWK MXN MYR MZN NAD
    NGN NIO NOK NPR NZD OMR PAB PEN PGK PHP PKR PLN PYG QAR RON RSD RUB RWF SAR SBD SCR SDG SEK SGD
    SHP SLE SOS SRD SSP STN SVC SYP SZL THB TJS TMT TND TOP TRY TTD TWD TZS UAH UGX USD UYU UZS VES
    VND VUV WST XAF XCD XOF XPF YER ZAR ZMW ZWG
"""
CODES: Final = tuple(_CODES.split())
"""Codes of three letters (ISO 4217)."""

_DOLLARS: Final = frozenset(
    [code for code in CODES if code.endswith("D") and code not in {"AED", "BHD", "IQD", "JOD"}]
    + ["ARS", "CLP", "COP", "CUP", "CVE", "MOP", "MXN", "NIO", "TOP", "UYU"]
)
_SYMBOLS: Final = {
    "$": _DOLLARS,
    "US$": frozenset({"USD"}),
    "€": frozenset({"EUR"}),
    "£": frozenset({"GBP", "EGP", "FKP", "GIP", "LBP", "SDG", "SHP", "SSP", "SYP"}),
    "¥": frozenset({"JPY", "CNY"}),
    "₹": frozenset({"INR"}),
    "₽": frozenset({"RUB"}),
    "₩": frozenset({"KRW", "KPW"}),
    "₺": frozenset({"TRY"}),
    "₪": frozenset({"ILS"}),
    "₫": frozenset({"VND"}),
    "฿": frozenset({"THB"}),
    "Fr.": frozenset({"CHF", "BIF", "DJF", "GNF", "KMF", "RWF"}),
    "kr": frozenset({"SEK", "NOK", "DKK", "ISK"}),
    "zł": frozenset({"PLN"}),
    "Kč": frozenset({"CZK"}),
    "R$": frozenset({"BRL"}),
}
MARKS: Final = tuple(sorted((*_SYMBOLS, *CODES), key=len, reverse=True))
"""What may stand beside an amount, the longest first."""


def can_mean(mark: str, currency: str) -> bool:
    """Whether a mark or a code in a file can mean this currency."""
    stated = mark.strip()
    meanings = _SYMBOLS.get(stated) or _SYMBOLS.get(stated.casefold())
    return currency in meanings if meanings else stated.upper() == currency
