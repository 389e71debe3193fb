"""Addresses of Redis over TLS, complete: kombu takes a `rediss://` that says nothing of certificates for "verify none".

redis-py, kombu and Celery all read these parameters of the address, so that no client can forget them.
"""

from __future__ import annotations

from urllib.parse import parse_qsl, urlencode, urlsplit, urlunsplit

_ALWAYS = {"ssl_cert_reqs": "required", "ssl_check_hostname": "true"}


def with_tls(url: str, *, ca_file: str = "", client_cert: str = "", client_key: str = "") -> str:
    """The address with everything that TLS needs: the server's certificate and name are verified, always.

    Without `ca_file` the authorities of this machine count. What the address says of files itself wins; what it says
    against verification does not. An address without TLS stays as it is.
    """
    parts = urlsplit(url)
    if parts.scheme != "rediss":
        return url
    files = {"ssl_ca_certs": ca_file, "ssl_certfile": client_cert, "ssl_keyfile": client_key}
    given = dict(parse_qsl(parts.query))
    query = {**{name: file for name, file in files.items() if file}, **given, **_ALWAYS}
    return urlunsplit(parts._replace(query=urlencode(query)))


def tls_options(url: str) -> dict[str, str]:
    """The parameters of TLS in such an address, for clients that take them apart from it; empty without TLS."""
    return {name: value for name, value in parse_qsl(urlsplit(url).query) if name.startswith("ssl_")}
