"""AuthEnvelopedData with ECDH, HKDF (RFC 8418) and AES-256 key wrap, by Python's cryptography and a DER reader of its own.

open KEY SEALED OUT            decrypts the content for the first recipient, prints the scheme
seal CERTIFICATE HASH IN OUT   encrypts it to a certificate
"""
import os
import sys

from cryptography import x509
from cryptography.hazmat.primitives import hashes, keywrap, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.ciphers.aead import AESGCM
from cryptography.hazmat.primitives.kdf.hkdf import HKDF

# RFC 8418 section 3, RFC 3565, RFC 5084, RFC 5083, RFC 5652, RFC 5480.
SCHEMES = {
    "sha256": ("1.2.840.113549.1.9.16.3.19", hashes.SHA256),
    "sha384": ("1.2.840.113549.1.9.16.3.20", hashes.SHA384),
}
WRAP, GCM = "2.16.840.1.101.3.4.1.45", "2.16.840.1.101.3.4.1.46"
AUTH_ENVELOPED, DATA = "1.2.840.113549.1.9.16.1.23", "1.2.840.113549.1.7.1"
EC_PUBLIC_KEY = "1.2.840.10045.2.1"


def length(count):
    if count < 0x80:
        return bytes([count])
    octets = count.to_bytes((count.bit_length() + 7) // 8, "big")
    return bytes([0x80 | len(octets)]) + octets


def put(tag, *parts):
    body = b"".join(parts)
    return bytes([tag]) + length(len(body)) + body


def oid(text):
    first, second, *rest = map(int, text.split("."))
    out = bytearray()
    for arc in [40 * first + second, *rest]:
        part = [arc & 0x7F]
        while arc := arc >> 7:
            part.append(0x80 | arc & 0x7F)
        out += bytes(reversed(part))
    return put(0x06, bytes(out))


def take(octets):
    """Tag, body, what comes after."""
    tag, count, at = octets[0], octets[1], 2
    if count & 0x80:
        at += count & 0x7F
        count = int.from_bytes(octets[2:at], "big")
    assert len(octets) >= at + count, "truncated"
    return tag, octets[at : at + count], octets[at + count :]


def inside(octets, *tags):
    """The bodies of all elements of a value, whose tags these must be."""
    found, bodies = [], []
    while octets:
        tag, body, octets = take(octets)
        found.append(tag)
        bodies.append(body)
    assert tuple(found) == tags, (found, tags)
    return bodies


def key_encryption_key(digest, shared, ukm):
    """RFC 8418 section 2.2: the ukm is the salt, and part of the ECC-CMS-SharedInfo (RFC 5753 section 7.2)."""
    info = put(
        0x30,
        put(0x30, oid(WRAP)),
        put(0xA0, put(0x04, ukm)),
        put(0xA2, put(0x04, (256).to_bytes(4, "big"))),
    )
    return HKDF(digest(), 32, salt=ukm, info=info).derive(shared)


def opened(key, sealed):
    [whole] = inside(sealed, 0x30)
    kind, content = inside(whole, 0x06, 0xA0)
    assert put(0x06, kind) == oid(AUTH_ENVELOPED)
    [content] = inside(content, 0x30)
    _, infos, encrypted, mac = inside(content, 0x02, 0x31, 0x30, 0x04)
    tag, info, _ = take(infos)
    assert tag == 0xA1, "not KeyAgreeRecipientInfo"
    version, originator, ukm, algorithm, keys = inside(info, 0x02, 0xA0, 0xA1, 0x30, 0x30)
    assert version == b"\x03"
    [originator] = inside(originator, 0xA1)
    curve, point = inside(originator, 0x30, 0x03)
    assert curve == oid(EC_PUBLIC_KEY) and point[0] == 0
    [ukm] = inside(ukm, 0x04)
    scheme, wrap = inside(algorithm, 0x06, 0x30)
    assert wrap == oid(WRAP)
    name = next(name for name, (known, _) in SCHEMES.items() if oid(known) == put(0x06, scheme))
    [one] = inside(keys, 0x30)
    _, wrapped = inside(one, 0x30, 0x04)

    peer = ec.EllipticCurvePublicKey.from_encoded_point(key.curve, point[1:])
    kek = key_encryption_key(SCHEMES[name][1], key.exchange(ec.ECDH(), peer), ukm)
    content_key = keywrap.aes_key_unwrap(kek, wrapped)

    kind, algorithm, octets = inside(encrypted, 0x06, 0x30, 0x80)
    assert put(0x06, kind) == oid(DATA)
    gcm, parameters = inside(algorithm, 0x06, 0x30)
    assert put(0x06, gcm) == oid(GCM)
    nonce, tag_length = inside(parameters, 0x04, 0x02)
    assert tag_length == b"\x10"
    return name, AESGCM(content_key).decrypt(nonce, octets + mac, None)


def sealed(certificate, name, content):
    scheme, digest = SCHEMES[name]
    peer = certificate.public_key()
    ephemeral = ec.generate_private_key(peer.curve)
    ukm, content_key, nonce = os.urandom(digest.digest_size), os.urandom(32), os.urandom(12)
    kek = key_encryption_key(digest, ephemeral.exchange(ec.ECDH(), peer), ukm)
    encoding = serialization.Encoding
    point = ephemeral.public_key().public_bytes(encoding.X962, serialization.PublicFormat.UncompressedPoint)
    serial = certificate.serial_number
    serial = serial.to_bytes(serial.bit_length() // 8 + 1, "big")
    recipient = put(
        0xA1,
        put(0x02, b"\x03"),
        put(0xA0, put(0xA1, put(0x30, oid(EC_PUBLIC_KEY)), put(0x03, b"\x00", point))),
        put(0xA1, put(0x04, ukm)),
        put(0x30, oid(scheme), put(0x30, oid(WRAP))),
        put(
            0x30,
            put(
                0x30,
                put(0x30, certificate.issuer.public_bytes(), put(0x02, serial)),
                put(0x04, keywrap.aes_key_wrap(kek, content_key)),
            ),
        ),
    )
    encrypted = AESGCM(content_key).encrypt(nonce, content, None)
    info = put(
        0x30,
        oid(DATA),
        put(0x30, oid(GCM), put(0x30, put(0x04, nonce), put(0x02, b"\x10"))),
        put(0x80, encrypted[:-16]),
    )
    body = put(0x30, put(0x02, b"\x00"), put(0x31, recipient), info, put(0x04, encrypted[-16:]))
    return put(0x30, oid(AUTH_ENVELOPED), put(0xA0, body))


def read(path):
    with open(path, "rb") as file:
        return file.read()


def write(path, octets):
    with open(path, "wb") as file:
        file.write(octets)


match sys.argv[1:]:
    case ["open", key, source, target]:
        scheme, octets = opened(serialization.load_pem_private_key(read(key), None), read(source))
        write(target, octets)
        print(scheme)
    case ["seal", certificate, scheme, source, target]:
        write(target, sealed(x509.load_pem_x509_certificate(read(certificate)), scheme, read(source)))
