"""Asks a responder by pysnmp in every version, and prints a line for each answer."""
import asyncio
import sys

from pysnmp.hlapi.v3arch.asyncio import (
    CommunityData, ContextData, ObjectIdentity, ObjectType, OctetString, SnmpEngine, UdpTransportTarget, UsmUserData,
    bulk_cmd, get_cmd, next_cmd, set_cmd, usmAesCfb128Protocol, usmHMAC192SHA256AuthProtocol, usmHMACSHAAuthProtocol,
)

DESCR, LOCATION = "1.3.6.1.2.1.1.1.0", "1.3.6.1.2.1.1.6.0"
COUNTER64 = "1.3.6.1.2.1.31.1.1.1.6.1"
MISSING = "1.3.6.1.2.1.1.1.7"


def named(*names):
    return [ObjectType(ObjectIdentity(name)) for name in names]


def say(way, what, answer):
    indication, status, index, bindings = answer
    if indication:
        print(f"{way} {what}: {indication}")
        return
    if int(status):
        print(f"{way} {what}: {status.prettyPrint()} {int(index)}")
        return
    values = [f"{name.prettyPrint()} {type(value).__name__} {value.prettyPrint()}" for name, value in bindings]
    print(f"{way} {what}: " + ", ".join(values))


async def main(port, auth_password, privacy_password):
    engine = SnmpEngine()
    target = await UdpTransportTarget.create(("127.0.0.1", port), timeout=20, retries=0)

    def user(name, protocol):
        return UsmUserData(name, auth_password, privacy_password, authProtocol=protocol,
                           privProtocol=usmAesCfb128Protocol)

    ways = [
        ("v1", CommunityData("private", mpModel=0), ""),
        ("v2c", CommunityData("private", mpModel=1), ""),
        ("v3 SHA", user("sha1aes", usmHMACSHAAuthProtocol), ""),
        ("v3 SHA-256", user("sha256aes", usmHMAC192SHA256AuthProtocol), ""),
    ]
    for way, who, context in ways:
        rest = (engine, who, target, ContextData(contextName=context))
        say(way, "get", await get_cmd(*rest, *named(DESCR, "1.3.6.1.2.1.1.2.0", "1.3.6.1.2.1.1.3.0"), lookupMib=False))
        say(way, "get missing", await get_cmd(*rest, *named(DESCR, MISSING), lookupMib=False))
        say(way, "get counter64", await get_cmd(*rest, *named(COUNTER64), lookupMib=False))
        say(way, "next", await next_cmd(*rest, *named(DESCR, "1.3.6.1.2.1.31.1.1.1.6"), lookupMib=False))
        if way != "v1":
            say(way, "bulk", await bulk_cmd(*rest, 1, 2, *named(DESCR, "1.3.6.1.2.1.1.3"), lookupMib=False))
        value = OctetString(f"room of {way}")
        say(way, "set", await set_cmd(*rest, ObjectType(ObjectIdentity(LOCATION), value), lookupMib=False))
        say(way, "set fixed", await set_cmd(*rest, ObjectType(ObjectIdentity(DESCR), value), lookupMib=False))
        say(way, "get set", await get_cmd(*rest, *named(LOCATION), lookupMib=False))
    stranger = (engine, user("nobody", usmHMACSHAAuthProtocol), target, ContextData())
    say("v3 stranger", "get", await get_cmd(*stranger, *named(DESCR), lookupMib=False))
    lost = (engine, ways[3][1], target, ContextData(contextName="nowhere"))
    say("v3 lost", "get", await get_cmd(*lost, *named(DESCR), lookupMib=False))
    engine.close_dispatcher()


asyncio.run(main(int(sys.argv[1]), *sys.argv[2:4]))
