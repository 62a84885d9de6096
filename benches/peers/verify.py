"""One verification with a key that is parsed once; the secret by pow(), as samples do, and by the library for v2."""

import base64
import hashlib
import hmac
import json
import statistics
import sys
import time

from cryptography import x509
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import padding


def name(part):
    return f"x-eventbridge-{part}"


def string_to_sign(push, body, method):
    lines = ["signature-timestamp", method, "signature-version", "signature-url", "signature-token"]
    head = "".join(f"{name(part)}: {push['headers'][name(part)]}\n" for part in lines)
    return f"{push['url']}\n{head}".encode() + body + b"\n"


def v1(push, body, key):
    numbers = key.public_numbers()
    wrapped = int.from_bytes(base64.b64decode(push["headers"][name("signature-secret")]), "big")
    block = pow(wrapped, numbers.e, numbers.n).to_bytes(key.key_size // 8, "big")
    secret = block[block.index(b"\x00", 2) + 1 :]
    mac = hmac.new(secret, string_to_sign(push, body, "signature-method"), hashlib.sha1).digest()
    return hmac.compare_digest(mac, base64.b64decode(push["headers"][name("signature")]))


def v2(push, body, key):
    signature = base64.b64decode(push["headers"][name("signature-v2")])
    key.verify(signature, string_to_sign(push, body, "hash-method"), padding.PKCS1v15(), hashes.SHA256())
    return True


with open(sys.argv[1]) as file:
    pushes = json.load(file)
for push in pushes:
    key = x509.load_pem_x509_certificate(push["certificate"].encode()).public_key()
    body = push["body"].encode()
    work = v1 if push["case"].startswith("v1") else v2
    times = []
    for _ in range(60):
        began = time.perf_counter()
        for _ in range(50):
            assert work(push, body, key), push["case"]
        times.append((time.perf_counter() - began) / 50 * 1e6)
    version = ".".join(map(str, sys.version_info[:2]))
    print(f"peer python-{version} {push['case']} {statistics.median(times):.2f}")
