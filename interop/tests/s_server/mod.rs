//! Servers that `openssl s_server` plays with certificates that a test made, and what our client makes of them.
#![allow(dead_code, reason = "each test file uses a part of this")]

use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;
use std::time::Duration;

use rcgen::CertificateParams;
use remote_services_interop::Tool;
use remote_services_interop::pki::{Authority, Identity};
use remote_services_interop::process::run_ok;
use remote_services_interop::s_server::SServer;
use remote_services_interop::uploader::{config, identity};
use remote_services_transport::client::blocking::Client;
use remote_services_transport::client::{ClientConfig, ClientError, TlsFault, TlsSettings};
use remote_services_transport::exchange::{Method, Request};

pub(crate) const HOST: &str = "upload.test";
pub(crate) const VERSIONS: [&str; 2] = ["-tls1_2", "-tls1_3"];

/// An authority that the client trusts, and one that it does not know.
pub(crate) struct World {
    pub(crate) authority: Authority,
    pub(crate) stranger: Authority,
    pub(crate) folder: tempfile::TempDir,
}

impl World {
    pub(crate) fn new() -> Self {
        let folder = tempfile::tempdir().unwrap();
        let at = |name: &str| {
            fs::create_dir(folder.path().join(name)).unwrap();
            folder.path().join(name)
        };
        let authority = Authority::new(&at("ours"));
        Self { authority, stranger: Authority::named(&at("others"), "Firewall of a hotel"), folder }
    }

    pub(crate) fn folder(&self, name: &str) -> PathBuf {
        let folder = self.folder.path().join(name);
        fs::create_dir(&folder).unwrap();
        folder
    }

    /// A certificate of the authority for [`HOST`], changed by `bend`.
    pub(crate) fn server(&self, file: &str, bend: impl FnOnce(&mut CertificateParams)) -> Identity {
        self.authority.bent_server(file, HOST, bend)
    }

    /// A key made by openssl and a certificate for it: NAME.pem and NAME.key.
    pub(crate) fn by_openssl(
        &self,
        issuer: (&Path, &Path),
        name: &str,
        key: &[&str],
        sign: &[&str],
        extensions: &str,
    ) -> [PathBuf; 2] {
        let at = |ending: &str| self.folder.path().join(format!("{name}.{ending}"));
        let openssl = |words: &[&str], files: &[(&str, &Path)]| {
            let mut command = Command::new(Tool::Openssl.path());
            command.args(words);
            for (option, file) in files {
                command.arg(option).arg(file);
            }
            run_ok(&mut command)
        };
        fs::write(at("ext"), extensions).unwrap();
        openssl(&[&["genpkey", "-algorithm"], key].concat(), &[("-out", &at("key"))]);
        let subject = format!("/CN={name}");
        openssl(&["req", "-new", "-subj", &subject], &[("-key", &at("key")), ("-out", &at("csr"))]);
        openssl(
            &[&["x509", "-req", "-days", "9", "-CAcreateserial"], sign].concat(),
            &[
                ("-in", &at("csr")),
                ("-CA", issuer.0),
                ("-CAkey", issuer.1),
                ("-extfile", &at("ext")),
                ("-out", &at("pem")),
            ],
        );
        [at("pem"), at("key")]
    }

    /// A list of the authority that revokes nothing and has an extension, by openssl.
    pub(crate) fn odd_list(&self, name: &str, extension: &str) -> Vec<u8> {
        let folder = self.folder(name);
        let at = |file: &str| folder.join(file);
        let settings = format!(
            "[ca]\ndefault_ca=it\n[it]\ndatabase={}\ncrlnumber={}\ncertificate={}\nprivate_key={}\ndefault_md=sha256\n\
             default_crl_days=7\ncrl_extensions=odd\n[odd]\n{extension}\n",
            at("index").display(),
            at("number").display(),
            self.authority.certificate().display(),
            self.authority.key().display(),
        );
        fs::write(at("cnf"), settings).unwrap();
        fs::write(at("index"), "").unwrap();
        fs::write(at("number"), "01").unwrap();
        let mut openssl = Command::new(Tool::Openssl.path());
        openssl.args(["ca", "-gencrl", "-config"]).arg(at("cnf")).arg("-out").arg(at("pem"));
        run_ok(&mut openssl);
        fs::read(at("pem")).unwrap()
    }

    pub(crate) fn get(&self, config: ClientConfig) -> Result<u16, ClientError> {
        let client = Client::new(config, &identity(&self.authority, &self.authority.client("client")))?;
        client.exchange(&Request::new(Method::Get, "/"), Duration::ZERO).map(|answer| answer.status)
    }

    /// What the client makes of a server.
    pub(crate) fn says(&self, server: &SServer, tls: TlsSettings) -> Option<TlsFault> {
        fault(self.get(config(HOST, server.address.port()).with_tls(tls)))
    }

    /// What the client makes of a certificate, in both versions of TLS.
    pub(crate) fn judged(
        &self,
        [certificate, key]: [&Path; 2],
        options: &[&str],
        tls: &TlsSettings,
    ) -> Option<TlsFault> {
        let [one, other] = VERSIONS.map(|version| {
            let server = SServer::start(certificate, key, &[&[version], options].concat());
            self.says(&server, tls.clone())
        });
        assert_eq!(one, other, "TLS 1.2 and 1.3");
        one
    }
}

/// Nothing when the server was trusted.
pub(crate) fn fault(result: Result<u16, ClientError>) -> Option<TlsFault> {
    match result {
        Ok(200) => None,
        Err(ClientError::Tls { fault, .. }) => Some(fault),
        other => panic!("{other:?}"),
    }
}

pub(crate) fn files(identity: &Identity) -> [&Path; 2] {
    [&identity.certificate, &identity.key]
}
