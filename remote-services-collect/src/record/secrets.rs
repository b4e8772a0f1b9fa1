//! Objects of makers that hold passwords, SNMP communities or keys, and that some devices let everybody read.

use remote_services_snmp::{Oid, oid};

/// Whether an instance holds a secret, or is the mark or index of one.
pub(super) fn is_secret(name: &Oid) -> bool {
    SECRETS.iter().any(|column| name.starts_with(column))
}

const SECRETS: [Oid; 56] = [
    // XEROX-GENERAL-MIB: xcmGenBaseSNMPReadCommunity, -WriteCommunity, -TrapCommunity, xcmGenTrapClientSNMPCommunity
    oid!("1.3.6.1.4.1.253.8.51.1.2.1.13"),
    oid!("1.3.6.1.4.1.253.8.51.1.2.1.14"),
    oid!("1.3.6.1.4.1.253.8.51.1.2.1.15"),
    oid!("1.3.6.1.4.1.253.8.51.13.2.1.7"),
    // Options of any kind, passwords among them, told apart by object identifiers of the maker: xcmGenOptionValueString,
    // and all of XEROX-COMMS-ENGINE-MIB and XEROX-COMMS-CONFIG-MIB
    oid!("1.3.6.1.4.1.253.8.51.10.2.1.7"),
    oid!("1.3.6.1.4.1.253.8.63"),
    oid!("1.3.6.1.4.1.253.8.64"),
    // XEROX-HOST-RESOURCES-EXT-MIB: xcmHrDevMgmtUserPassword, -OperatorPassword, -AdminPassword, -CustomPassword
    oid!("1.3.6.1.4.1.253.8.53.5.2.1.5"),
    oid!("1.3.6.1.4.1.253.8.53.5.2.1.6"),
    oid!("1.3.6.1.4.1.253.8.53.5.2.1.7"),
    oid!("1.3.6.1.4.1.253.8.53.5.2.1.12"),
    // xcmPrtOutputPassword, and scmPrtOutputPassword of Samsung
    oid!("1.3.6.1.4.1.253.8.55.9.1.1.3"),
    oid!("1.3.6.1.4.1.236.11.5.11.55.9.1.1.3"),
    // XEROX-SERVICE-MONITORING-MIB: xcmSvcMonServiceMgmtUserPassword, -OperatorPassword, -AdminPassword
    oid!("1.3.6.1.4.1.253.8.74.7.2.1.6"),
    oid!("1.3.6.1.4.1.253.8.74.7.2.1.7"),
    oid!("1.3.6.1.4.1.253.8.74.7.2.1.8"),
    // ppmPrinterSnmpCommunityName (PWG 5107.1)
    oid!("1.3.6.1.4.1.2699.1.2.1.2.1.1.7"),
    // JETDIRECT3-MIB: gdPasswords, trapCommunityName, setCommunityName, getCommunityName
    oid!("1.3.6.1.4.1.11.2.3.9.1.1.13"),
    oid!("1.3.6.1.4.1.11.2.13.1.2.1.4"),
    oid!("1.3.6.1.4.1.11.2.15.1.1"),
    oid!("1.3.6.1.4.1.11.2.15.1.2"),
    // HP-LASERJET-COMMON-MIB: pjl-password, jetsend-contact-password
    oid!("1.3.6.1.4.1.11.2.3.9.4.2.1.3.5.1"),
    oid!("1.3.6.1.4.1.11.2.3.9.4.2.1.3.8.3.1.1"),
    // OKIDATA-MIB: snmpGetCommunityName, snmpSetCommunityName, snmpTrapCommunityName
    oid!("1.3.6.1.4.1.2001.1.2.683.3.3"),
    oid!("1.3.6.1.4.1.2001.1.2.683.3.4"),
    oid!("1.3.6.1.4.1.2001.1.2.683.3.5"),
    // tcpipConfigPassword, -WebAdminPassword, -WebUserPassword, -POP3Password, nwPrintServerPassword, bvLoginPassword
    oid!("1.3.6.1.4.1.2001.1.2.683.6.3.1.4.14"),
    oid!("1.3.6.1.4.1.2001.1.2.683.6.3.1.4.27"),
    oid!("1.3.6.1.4.1.2001.1.2.683.6.3.1.4.29"),
    oid!("1.3.6.1.4.1.2001.1.2.683.6.3.1.4.38"),
    oid!("1.3.6.1.4.1.2001.1.2.683.6.3.2.4.5"),
    oid!("1.3.6.1.4.1.2001.1.2.683.6.3.3.4.2"),
    // BROTHER-MIB: brpsSNMPGetCommunity, brpsSNMPJetAdmin, brpsSNMPSetCommunity1, -2
    oid!("1.3.6.1.4.1.2435.2.4.3.1240.1.15"),
    oid!("1.3.6.1.4.1.2435.2.4.3.1240.1.16"),
    oid!("1.3.6.1.4.1.2435.2.4.3.1240.1.17"),
    oid!("1.3.6.1.4.1.2435.2.4.3.1240.1.18"),
    // brpsPasswordVerify, brpsPassword, brpsProtectPassword, brUserPasswordVerify, brUserPassword
    oid!("1.3.6.1.4.1.2435.2.4.3.1240.1.6"),
    oid!("1.3.6.1.4.1.2435.2.4.3.1240.1.7"),
    oid!("1.3.6.1.4.1.2435.2.4.3.1240.2.5"),
    oid!("1.3.6.1.4.1.2435.2.4.3.1.100.1"),
    oid!("1.3.6.1.4.1.2435.2.4.3.1.100.2"),
    // brpsNetwarePassword, brpsBanyanPassword, brpsPOP3Password, brpsSMTPAUTHPassword, brpsTmp…
    oid!("1.3.6.1.4.1.2435.2.4.3.1240.5.3.6"),
    oid!("1.3.6.1.4.1.2435.2.4.3.1240.5.5.4"),
    oid!("1.3.6.1.4.1.2435.2.4.3.1240.5.6.6"),
    oid!("1.3.6.1.4.1.2435.2.4.3.1240.5.6.104"),
    oid!("1.3.6.1.4.1.2435.2.4.3.1240.5.6.173"),
    oid!("1.3.6.1.4.1.2435.2.4.3.1240.5.6.176"),
    // brpsWLanWepKey, brWlanSimpleWizardPassword, brDeviceNegotiationConfirmPassword, -ChangePassword
    oid!("1.3.6.1.4.1.2435.2.4.3.100.11.11.101.11.1.4"),
    oid!("1.3.6.1.4.1.2435.2.4.3.100.1.15.2"),
    oid!("1.3.6.1.4.1.2435.2.4.3.2435.5.100.10.2"),
    oid!("1.3.6.1.4.1.2435.2.4.3.2435.5.100.10.3"),
    // brSNMPV3AuthKey and what follows up to brSNMPV3PrivPassword, brLdapServerPassword
    oid!("1.3.6.1.4.1.2435.2.4.3.2435.5.18"),
    oid!("1.3.6.1.4.1.2435.2.4.3.2435.5.19.12.1.6"),
    // brFuncLockAdminPassword, brFuncLockUserPassword, brPanelLockPasswd
    oid!("1.3.6.1.4.1.2435.2.3.9.4.2.1.5.1.2.63.2"),
    oid!("1.3.6.1.4.1.2435.2.3.9.4.2.1.5.1.2.63.7.1.3"),
    oid!("1.3.6.1.4.1.2435.2.3.9.4.2.1.5.4.3.1"),
];
