//! A throw-away authority, made anew for each test.
use std::fs;
use std::path::{Path, PathBuf};

use rcgen::{
    BasicConstraints, CertificateParams, CertifiedIssuer, DnType, ExtendedKeyUsagePurpose, IsCa, KeyPair,
    KeyUsagePurpose,
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
    /// Makes an authority and writes `ca.pem` into `folder`.
    ///
    /// # Panics
    /// When no key can be made or the file cannot be written.
    #[must_use]
    pub fn new(folder: &Path) -> Self {
        let mut params = CertificateParams::default();
        params.distinguished_name.push(DnType::CommonName, "interop authority");
        params.is_ca = IsCa::Ca(BasicConstraints::Unconstrained);
        params.key_usages = vec![KeyUsagePurpose::KeyCertSign, KeyUsagePurpose::CrlSign];
        let issuer = CertifiedIssuer::self_signed(params, new_key()).expect("the parameters are complete");
        fs::write(folder.join("ca.pem"), issuer.pem()).expect("the folder is ours");
        Self { issuer, folder: folder.to_path_buf() }
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
        self.issue(name, vec![name.to_owned()], ExtendedKeyUsagePurpose::ServerAuth)
    }

    /// A TLS client's certificate.
    #[must_use]
    pub fn client(&self, name: &str) -> Identity {
        self.issue(name, Vec::new(), ExtendedKeyUsagePurpose::ClientAuth)
    }

    fn issue(&self, name: &str, names: Vec<String>, purpose: ExtendedKeyUsagePurpose) -> Identity {
        let mut params = CertificateParams::new(names).expect("the names are plain host names");
        params.distinguished_name.push(DnType::CommonName, name);
        params.key_usages = vec![KeyUsagePurpose::DigitalSignature];
        params.extended_key_usages = vec![purpose];
        let key = new_key();
        let certificate = params.signed_by(&key, &self.issuer).expect("the parameters are complete");
        let identity = Identity {
            certificate: self.folder.join(format!("{name}.pem")),
            key: self.folder.join(format!("{name}.key")),
            certificate_der: certificate.der().to_vec(),
            key_der: key.serialize_der(),
        };
        fs::write(&identity.certificate, certificate.pem()).expect("the folder is ours");
        fs::write(&identity.key, key.serialize_pem()).expect("the folder is ours");
        identity
    }
}

fn new_key() -> KeyPair {
    KeyPair::generate().expect("P-256 is always there")
}
