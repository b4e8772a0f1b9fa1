//! A throw-away authority, made anew for each test.
use std::fs;
use std::path::{Path, PathBuf};

use rcgen::{
    BasicConstraints, CertificateParams, CertificateRevocationListParams, CertificateSigningRequestParams,
    CertifiedIssuer, DistinguishedName, DnType, ExtendedKeyUsagePurpose, IsCa, Issuer, KeyIdMethod, KeyPair,
    KeyUsagePurpose, RevokedCertParams, SerialNumber, date_time_ymd,
};

/// A certification authority whose certificate lies in a file.
pub struct Authority {
    issuer: CertifiedIssuer<'static, KeyPair>,
    folder: PathBuf,
}

/// A certificate and its key, in two PEM files and in memory.
#[derive(Clone, Debug)]
pub struct Identity {
    /// The certificate's file.
    pub certificate: PathBuf,
    /// The PKCS#8 key's file.
    pub key: PathBuf,
    /// The certificate.
    pub certificate_der: Vec<u8>,
    /// The PKCS#8 key.
    pub key_der: Vec<u8>,
}

impl Authority {
    /// Makes an authority and writes `ca.pem` and `ca.key` into `folder`. All of these have one name.
    ///
    /// # Panics
    /// When no key can be made or the files cannot be written.
    #[must_use]
    pub fn new(folder: &Path) -> Self {
        Self::named(folder, "interop authority")
    }

    /// The same with a name of its own.
    ///
    /// # Panics
    /// As [`Self::new`].
    #[must_use]
    pub fn named(folder: &Path, name: &str) -> Self {
        let issuer = CertifiedIssuer::self_signed(authority(name), new_key());
        Self::written(folder, issuer.expect("the parameters are complete"))
    }

    /// An authority below this one, changed by `bend`.
    ///
    /// # Panics
    /// As [`Self::new`].
    #[must_use]
    pub fn below(&self, folder: &Path, name: &str, bend: impl FnOnce(&mut CertificateParams)) -> Self {
        let mut params = authority(name);
        bend(&mut params);
        let issuer = CertifiedIssuer::signed_by(params, new_key(), &self.issuer);
        Self::written(folder, issuer.expect("the parameters are complete"))
    }

    fn written(folder: &Path, issuer: CertifiedIssuer<'static, KeyPair>) -> Self {
        fs::write(folder.join("ca.pem"), issuer.pem()).expect("the folder is ours");
        fs::write(folder.join("ca.key"), issuer.key().serialize_pem()).expect("the folder is ours");
        Self { issuer, folder: folder.to_path_buf() }
    }

    /// The authority's key as PEM file of PKCS#8.
    #[must_use]
    pub fn key(&self) -> PathBuf {
        self.folder.join("ca.key")
    }

    /// The authority's certificate as PEM file.
    #[must_use]
    pub fn certificate(&self) -> PathBuf {
        self.folder.join("ca.pem")
    }

    /// The authority's certificate in memory.
    #[must_use]
    pub fn certificate_der(&self) -> Vec<u8> {
        self.issuer.der().to_vec()
    }

    /// A TLS server's certificate for `name`, in `NAME.pem` and `NAME.key`.
    #[must_use]
    pub fn server(&self, name: &str) -> Identity {
        self.bent_server(name, name, |_| {})
    }

    /// A TLS client's certificate.
    #[must_use]
    pub fn client(&self, name: &str) -> Identity {
        self.issue(name, name, Vec::new(), |params| {
            params.extended_key_usages = vec![ExtendedKeyUsagePurpose::ClientAuth];
        })
    }

    /// A TLS server's certificate for `name` in the files `FILE.pem` and `FILE.key`, changed by `bend`.
    ///
    /// # Panics
    /// When it cannot be written.
    #[must_use]
    pub fn bent_server(&self, file: &str, name: &str, bend: impl FnOnce(&mut CertificateParams)) -> Identity {
        self.issue(file, name, vec![name.to_owned()], |params| {
            params.extended_key_usages = vec![ExtendedKeyUsagePurpose::ServerAuth];
            bend(params);
        })
    }

    /// A TLS client's certificate for the key of a certification request (PKCS#10), in DER.
    ///
    /// # Panics
    /// When it is no such request.
    #[must_use]
    pub fn certify(&self, name: &str, request: &[u8]) -> Vec<u8> {
        let request = CertificateSigningRequestParams::from_der(&request.to_vec().into());
        let mut request = request.expect("it is a request");
        request.params.distinguished_name = DistinguishedName::new();
        request.params.distinguished_name.push(DnType::CommonName, name);
        request.params.key_usages = vec![KeyUsagePurpose::DigitalSignature];
        request.params.extended_key_usages = vec![ExtendedKeyUsagePurpose::ClientAuth];
        request.signed_by(&self.issuer).expect("the parameters are complete").der().to_vec()
    }

    /// A list that revokes these serial numbers, in DER, in its time from 2020 to the first day of `until`.
    ///
    /// # Panics
    /// When this authority may not sign lists.
    #[must_use]
    pub fn revoking(&self, serials: &[u64], until: i32) -> Vec<u8> {
        self.revoking_between(serials, 2020, until)
    }

    /// The same, in its time from the first day of `since`.
    ///
    /// # Panics
    /// As [`Self::revoking`].
    #[must_use]
    pub fn revoking_between(&self, serials: &[u64], since: i32, until: i32) -> Vec<u8> {
        list(&self.issuer, serials.iter().map(|serial| SerialNumber::from(*serial)), since, until)
    }

    fn issue(
        &self,
        file: &str,
        name: &str,
        names: Vec<String>,
        bend: impl FnOnce(&mut CertificateParams),
    ) -> Identity {
        let mut params = CertificateParams::new(names).expect("the names are plain host names");
        params.distinguished_name.push(DnType::CommonName, name);
        params.key_usages = vec![KeyUsagePurpose::DigitalSignature];
        bend(&mut params);
        let key = new_key();
        let certificate = params.signed_by(&key, &self.issuer).expect("the parameters are complete");
        let identity = Identity {
            certificate: self.folder.join(format!("{file}.pem")),
            key: self.folder.join(format!("{file}.key")),
            certificate_der: certificate.der().to_vec(),
            key_der: key.serialize_der(),
        };
        fs::write(&identity.certificate, certificate.pem()).expect("the folder is ours");
        fs::write(&identity.key, key.serialize_pem()).expect("the folder is ours");
        identity
    }
}

/// As [`Authority::revoking`], by an authority whose certificate and key are given in PEM; serial numbers as octets.
///
/// # Panics
/// When these are none, or may not sign lists.
#[must_use]
pub fn revoking(certificate: &str, key: &str, serials: &[Vec<u8>], until: i32) -> Vec<u8> {
    let key = KeyPair::from_pem(key).expect("a key in PEM");
    let issuer = Issuer::from_ca_cert_pem(certificate, key).expect("an authority in PEM");
    list(&issuer, serials.iter().map(|serial| SerialNumber::from_slice(serial)), 2020, until)
}

fn list(
    issuer: &Issuer<'_, KeyPair>,
    serials: impl Iterator<Item = SerialNumber>,
    since: i32,
    until: i32,
) -> Vec<u8> {
    let revoked = serials.map(|serial_number| RevokedCertParams {
        serial_number,
        revocation_time: date_time_ymd(2020, 1, 1),
        reason_code: None,
        invalidity_date: None,
    });
    let list = CertificateRevocationListParams {
        this_update: date_time_ymd(since, 1, 1),
        next_update: date_time_ymd(until, 1, 1),
        crl_number: SerialNumber::from(1),
        issuing_distribution_point: None,
        revoked_certs: revoked.collect(),
        key_identifier_method: KeyIdMethod::Sha256,
    };
    list.signed_by(issuer).expect("it may sign lists").der().to_vec()
}

fn authority(name: &str) -> CertificateParams {
    let mut params = CertificateParams::default();
    params.distinguished_name.push(DnType::CommonName, name);
    params.is_ca = IsCa::Ca(BasicConstraints::Unconstrained);
    params.key_usages = vec![KeyUsagePurpose::KeyCertSign, KeyUsagePurpose::CrlSign];
    params
}

fn new_key() -> KeyPair {
    KeyPair::generate().expect("P-256 is always there")
}
