"""The headers that keep browsers from being turned against whoever looks at an answer. There are no CORS headers, on purpose."""

from flask import Response

# A page takes scripts, styles and data from here alone, none of them inline, and stands in no frame.
PAGE_POLICY = ("default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self' data: blob:; font-src 'self'; "
               "connect-src 'self'; form-action 'self'; base-uri 'none'; frame-ancestors 'none'")
# Anything else is no page: shown by itself it may load nothing and run nothing.
DATA_POLICY = "default-src 'none'; frame-ancestors 'none'"
ALWAYS = {
    "X-Content-Type-Options": "nosniff", "Referrer-Policy": "no-referrer", "X-Frame-Options": "DENY",
    "Cross-Origin-Resource-Policy": "same-origin", "Cross-Origin-Opener-Policy": "same-origin",
}


def protect(response: Response) -> None:
    """Add the headers to an answer that does not say otherwise itself."""
    for name, value in ALWAYS.items():
        response.headers.setdefault(name, value)
    policy = PAGE_POLICY if response.mimetype == "text/html" else DATA_POLICY
    response.headers.setdefault("Content-Security-Policy", policy)
