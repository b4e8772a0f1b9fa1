"""Tells a receiver of events by pysnmp: traps and informs in every version, and prints a line for each."""
import asyncio
import sys

from pysnmp.hlapi.v3arch.asyncio import (
    CommunityData, ContextData, NotificationType, ObjectIdentity, OctetString, SnmpEngine, UdpTransportTarget,
    UsmUserData, send_notification, usmAesCfb128Protocol, usmHMAC192SHA256AuthProtocol,
)

EVENT, NAME = "1.3.6.1.4.1.253.0.18", "1.3.6.1.2.1.1.5.0"


async def main(port, user_name, engine_id, auth_password, privacy_password):
    target = await UdpTransportTarget.create(("127.0.0.1", port), timeout=20, retries=0)

    def user(auth, privacy):
        return UsmUserData(user_name, auth, privacy, authProtocol=usmHMAC192SHA256AuthProtocol,
                           privProtocol=usmAesCfb128Protocol)

    right = user(auth_password, privacy_password)
    for way, who, kind in [
        ("v1", CommunityData("public", mpModel=0), "trap"),
        ("v2c", CommunityData("public", mpModel=1), "trap"),
        ("v2c", CommunityData("public", mpModel=1), "inform"),
        ("v3", right, "trap"),
        ("v3", right, "inform"),
        ("v3 wrong", user("another password", privacy_password), "inform"),
    ]:
        engine = SnmpEngine(snmpEngineID=OctetString(hexValue=engine_id))
        event = NotificationType(ObjectIdentity(EVENT)).add_varbinds((NAME, OctetString("printer")))
        said = await send_notification(engine, who, target, ContextData(), kind, event, lookupMib=False)
        print(f"{way} {kind}: {said[0]}", flush=True)
        engine.close_dispatcher()


asyncio.run(main(int(sys.argv[1]), *sys.argv[2:]))
