//! SNMP credentials from options, environment or a file, and how hard to ask.

use super::secrets_key::SecretsKey;
use super::snmp_crypto::Fips;
use super::snmp_keys::Keys;
use crate::failure::Failure;
use crate::names;
use crate::vault::toml::Kind;
use crate::vault::{self, Vault};
use clap::Args;
use remote_services_collect::discover::SnmpVersion;
use remote_services_snmp::crypto::{AuthProtocol, KeyExtension, PrivProtocol};
use remote_services_snmp::engine::Credentials;
use serde::Deserialize;
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::time::Duration;

/// How to talk to devices. Tried in this order: SNMPv3 when a user is given, then v2c, then v1.
#[derive(Args, Clone)]
pub struct SnmpOptions {
    /// Versions to try; default: 3 when a user is given, then 2c and 1 when a community is known
    #[arg(long = "snmp-version", value_name = "VERSION", value_delimiter = ',', env = "RS_SNMP_VERSION")]
    pub versions: Vec<Version>,
    /// Community for v1 and v2c (default: public, unless a v3 user is given); this one, the passwords and the community for writing
    /// may be given sealed, as `secrets seal` prints them, here and in the environment
    #[arg(short, long, value_name = "NAME", env = "RS_SNMP_COMMUNITY", hide_env_values = true)]
    pub community: Vec<String>,
    /// SNMPv3 user name
    #[arg(short, long, value_name = "NAME", env = "RS_SNMP_USER")]
    pub user: Option<String>,
    /// SNMPv3 authentication protocol
    #[arg(short, long, value_name = "PROTOCOL", env = "RS_SNMP_AUTH_PROTOCOL", default_value = "sha256")]
    pub auth_protocol: Auth,
    /// SNMPv3 authentication password, at least 8 characters (better in the environment or a file: others can see options)
    #[arg(short = 'A', long, value_name = "PASSWORD", env = "RS_SNMP_AUTH_PASSWORD", hide_env_values = true)]
    pub auth_password: Option<String>,
    /// SNMPv3 privacy protocol
    #[arg(short = 'x', long, value_name = "PROTOCOL", env = "RS_SNMP_PRIV_PROTOCOL", default_value = "aes")]
    pub priv_protocol: Privacy,
    /// SNMPv3 privacy password, at least 8 characters
    #[arg(short = 'X', long, value_name = "PASSWORD", env = "RS_SNMP_PRIV_PASSWORD", hide_env_values = true)]
    pub priv_password: Option<String>,
    /// SNMPv3 context name
    #[arg(short = 'n', long, value_name = "NAME", env = "RS_SNMP_CONTEXT", default_value = "")]
    pub context: String,
    /// TOML file with more credentials, tried in their order before those of the options (its form: see below; /dev/stdin is
    /// standard input)
    #[arg(long, value_name = "FILE", env = "RS_SNMP_CREDENTIALS")]
    pub credentials: Option<PathBuf>,
    /// What sealed secrets are opened with
    #[command(flatten)]
    pub secrets: SecretsKey,
    /// Which SNMPv3 algorithms may be used, by what a FIPS 140 module approves; what is refused ends the program
    #[arg(long, value_name = "POLICY", env = "RS_SNMP_FIPS", default_value = "off")]
    pub fips: Fips,
    /// Community for writing by v1 and v2c; without it nothing is written by them (only commands write, and only those that
    /// are switched on)
    #[arg(long, value_name = "NAME", env = "RS_SNMP_WRITE_COMMUNITY", hide_env_values = true)]
    pub write_community: Option<String>,
    /// File with that community, sealed or not
    #[arg(long, value_name = "FILE", conflicts_with = "write_community")]
    pub write_community_file: Option<PathBuf>,
    /// Profile of a maker that this program does not know, or a folder of profiles; `profiles` checks them
    #[arg(long, value_name = "FILE", env = "RS_PROFILES")]
    pub profiles: Vec<PathBuf>,
    /// Look up the names of devices that are read in the DNS: at this name server, with :PORT if it is not 53, or else at the
    /// system's first
    #[arg(long, value_name = "NAME-SERVER", num_args = 0..=1, require_equals = true, default_missing_value = names::ON)]
    pub dns_names: Option<String>,
    /// Seconds to wait for the first answer; later tries wait longer, but each try to find a host 0.7 of it. When not given:
    /// what the server wishes of run, or 1
    #[arg(short = 't', long, value_name = "SECONDS")]
    pub timeout: Option<f64>,
    /// How often to ask again; when not given: what the server wishes of run, or 2
    #[arg(short = 'r', long, value_name = "COUNT", value_parser = clap::value_parser!(u32).range(..=20))]
    pub retries: Option<u32>,
    /// Packets a second for the whole site, repetitions and pings included
    #[arg(long, value_name = "COUNT", default_value_t = 500, value_parser = clap::value_parser!(u32).range(1..))]
    pub packet_rate: u32,
    /// Questions that may wait for an answer at the same time, over the whole site
    #[arg(long, value_name = "COUNT", default_value_t = 512, value_parser = clap::value_parser!(u32).range(1..))]
    pub in_flight: u32,
}

/// A version of SNMP.
#[derive(Clone, Copy, Debug, PartialEq, Eq, clap::ValueEnum, Deserialize)]
pub enum Version {
    /// SNMPv1
    #[value(name = "1")]
    #[serde(rename = "1")]
    V1,
    /// SNMPv2c
    #[value(name = "2c")]
    #[serde(rename = "2c")]
    V2c,
    /// SNMPv3
    #[value(name = "3")]
    #[serde(rename = "3")]
    V3,
}

impl From<Version> for SnmpVersion {
    fn from(version: Version) -> Self {
        match version {
            Version::V1 => Self::V1,
            Version::V2c => Self::V2c,
            Version::V3 => Self::V3,
        }
    }
}

/// An authentication protocol of SNMPv3.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, clap::ValueEnum, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Auth {
    /// HMAC-MD5-96 (RFC 3414): broken; needs a program that was built with the feature `legacy`
    Md5,
    /// HMAC-SHA-96 (RFC 3414)
    #[value(alias = "sha1")]
    #[serde(alias = "sha1")]
    Sha,
    /// HMAC-128-SHA-224 (RFC 7860)
    Sha224,
    /// HMAC-192-SHA-256 (RFC 7860)
    #[default]
    Sha256,
    /// HMAC-256-SHA-384 (RFC 7860)
    Sha384,
    /// HMAC-384-SHA-512 (RFC 7860)
    Sha512,
}

/// A privacy protocol of SNMPv3.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, clap::ValueEnum, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Privacy {
    /// DES (RFC 3414): broken; needs a program that was built with the feature `legacy`
    Des,
    /// Triple DES: worn out; needs a program that was built with the feature `legacy`
    #[value(name = "3des")]
    #[serde(rename = "3des")]
    TripleDes,
    /// AES-128 (RFC 3826)
    #[default]
    #[value(alias = "aes128")]
    #[serde(alias = "aes128")]
    Aes,
    /// AES-192 with keys lengthened after Blumenthal's draft
    Aes192,
    /// AES-256 with keys lengthened after Blumenthal's draft
    Aes256,
    /// AES-192 with keys lengthened after Reeder's draft, as Cisco does
    Aes192c,
    /// AES-256 with keys lengthened after Reeder's draft, as Cisco does
    Aes256c,
}

impl Auth {
    fn protocol(self) -> AuthProtocol {
        match self {
            Auth::Md5 => AuthProtocol::HmacMd5,
            Auth::Sha => AuthProtocol::HmacSha1,
            Auth::Sha224 => AuthProtocol::HmacSha224,
            Auth::Sha256 => AuthProtocol::HmacSha256,
            Auth::Sha384 => AuthProtocol::HmacSha384,
            Auth::Sha512 => AuthProtocol::HmacSha512,
        }
    }
}

impl Privacy {
    fn protocol(self) -> PrivProtocol {
        match self {
            Privacy::Des => PrivProtocol::Des,
            Privacy::TripleDes => PrivProtocol::TripleDes,
            Privacy::Aes => PrivProtocol::Aes128,
            Privacy::Aes192 => PrivProtocol::Aes192(KeyExtension::Blumenthal),
            Privacy::Aes256 => PrivProtocol::Aes256(KeyExtension::Blumenthal),
            Privacy::Aes192c => PrivProtocol::Aes192(KeyExtension::Reeder),
            Privacy::Aes256c => PrivProtocol::Aes256(KeyExtension::Reeder),
        }
    }
}

/// What one try uses, and what to call it in a table.
#[derive(Clone)]
pub struct NamedCredentials {
    /// `v2c`, `v3 user monitor`, …: never the secret.
    pub name: String,
    /// What the engine takes.
    pub credentials: Arc<Credentials>,
}

impl SnmpOptions {
    /// The credentials to try, in order.
    ///
    /// # Errors
    /// A sentence that names the option or the line of the file that is wrong.
    pub fn ladder(&self, vault: &Vault) -> Result<Vec<NamedCredentials>, Failure> {
        let mut ladder = Vec::new();
        if let Some(file) = &self.credentials {
            for entry in read_file(vault, file)? {
                ladder.extend(
                    entry
                        .into_ladder()
                        .map_err(|failure| failure.while_doing(&file.display().to_string()))?,
                );
            }
        }
        let open = |kind: Kind, option: &str, given: &String| opened(vault, kind, option, given);
        let communities = self.community.iter().map(|it| open(Kind::Communities, "--community", it));
        let password = |kind: Kind, option: &str, given: &Option<String>| {
            given.as_ref().map(|given| open(kind, option, given)).transpose()
        };
        let options = Entry {
            versions: self.versions.clone(),
            communities: communities.collect::<Result<_, _>>()?,
            user: self.user.clone(),
            auth_protocol: self.auth_protocol,
            auth_password: password(Kind::AuthPassword, "--auth-password", &self.auth_password)?,
            priv_protocol: self.priv_protocol,
            priv_password: password(Kind::PrivPassword, "--priv-password", &self.priv_password)?,
            context: self.context.clone(),
            keys: Vec::new(),
        };
        if ladder.is_empty() || options.user.is_some() || !options.communities.is_empty() {
            ladder.extend(options.into_ladder()?);
        }
        Ok(ladder)
    }

    /// The community for writing, if there is one.
    ///
    /// # Errors
    /// A sentence with the option or the file that is wrong.
    pub fn write_community(&self, vault: &Vault) -> Result<Option<String>, Failure> {
        let community = match (&self.write_community, &self.write_community_file) {
            (Some(given), _) => opened(vault, Kind::Communities, "--write-community", given)?,
            (None, Some(path)) => {
                let text = vault::toml::text("community in", path)?;
                let line = text.lines().next().unwrap_or_default();
                let community = opened(vault, Kind::Communities, &path.display().to_string(), line)?;
                if community.is_empty() {
                    return Err(Failure::usage(format_args!("{}: holds no community", path.display())));
                }
                community
            }
            (None, None) => return Ok(None),
        };
        Ok(Some(community))
    }

    /// How long to wait for the first answer, if somebody said so.
    ///
    /// # Errors
    /// When it is not between 10 ms and 60 s.
    pub fn first_timeout(&self) -> Result<Option<Duration>, Failure> {
        let Some(timeout) = self.timeout else { return Ok(None) };
        match Duration::try_from_secs_f64(timeout) {
            Ok(wait) if wait >= Duration::from_millis(10) && wait <= Duration::from_secs(60) => {
                Ok(Some(wait))
            }
            _ => Err(Failure::usage("--timeout must be between 0.01 and 60 seconds")),
        }
    }
}

/// One `[[credentials]]` table, or all options together.
#[derive(Deserialize)]
#[serde(rename_all = "kebab-case", deny_unknown_fields)]
pub(super) struct Entry {
    #[serde(default)]
    versions: Vec<Version>,
    #[serde(default)]
    communities: Vec<String>,
    user: Option<String>,
    #[serde(default)]
    auth_protocol: Auth,
    auth_password: Option<String>,
    #[serde(default)]
    priv_protocol: Privacy,
    priv_password: Option<String>,
    #[serde(default)]
    context: String,
    /// In place of the passwords.
    #[serde(default)]
    keys: Vec<Keys>,
}

impl Drop for Entry {
    fn drop(&mut self) {
        use zeroize::Zeroize;
        self.communities.zeroize();
        self.auth_password.zeroize();
        self.priv_password.zeroize();
    }
}

impl Entry {
    pub(super) fn into_ladder(mut self) -> Result<Vec<NamedCredentials>, Failure> {
        if self.user.is_none() && (self.auth_password.is_some() || self.priv_password.is_some()) {
            return Err(Failure::usage("an SNMPv3 password without a user: name one with --user"));
        }
        if !self.keys.is_empty() && (self.auth_password.is_some() || self.priv_password.is_some()) {
            return Err(Failure::usage("an SNMPv3 user has passwords or keys, not both"));
        }
        if !self.keys.is_empty() && self.user.is_none() {
            return Err(Failure::usage("SNMPv3 keys without a user"));
        }
        if self.priv_password.is_some() && self.auth_password.is_none() {
            return Err(Failure::usage(
                "SNMPv3 has no privacy without authentication: give --auth-password too",
            ));
        }
        if self.communities.is_empty() && self.user.is_none() {
            self.communities.push("public".to_owned());
        }
        if self.versions.is_empty() {
            if self.user.is_some() {
                self.versions.push(Version::V3);
            }
            if !self.communities.is_empty() {
                self.versions.extend([Version::V2c, Version::V1]);
            }
        }
        if self.versions.contains(&Version::V3) && self.user.is_none() {
            return Err(Failure::usage("SNMPv3 needs a user: name one with --user"));
        }
        if self.versions.iter().any(|version| *version != Version::V3) && self.communities.is_empty() {
            self.communities.push("public".to_owned());
        }
        let mut ladder = Vec::new();
        for version in &self.versions {
            match version {
                Version::V3 => ladder.extend(self.v3()?),
                Version::V2c => ladder.extend(self.communities.iter().map(|community| NamedCredentials {
                    name: "v2c".to_owned(),
                    credentials: Arc::new(Credentials::v2c(community.as_str())),
                })),
                Version::V1 => ladder.extend(self.communities.iter().map(|community| NamedCredentials {
                    name: "v1".to_owned(),
                    credentials: Arc::new(Credentials::v1(community.as_str())),
                })),
            }
        }
        Ok(ladder)
    }

    fn v3(&self) -> Result<Option<NamedCredentials>, Failure> {
        let Some(user) = self.user.clone() else { return Ok(None) };
        let name = format!("v3 user {user}");
        let context_name = self.context.clone();
        if !self.keys.is_empty() {
            let (auth, privacy) = (self.auth_protocol.protocol(), self.priv_protocol.protocol());
            let keys = self.keys.iter().map(|keys| keys.localized(auth, privacy).map(Arc::new));
            let keys = keys.collect::<Result<_, _>>()?;
            let credentials = Arc::new(Credentials::V3Localized { user, keys, context_name });
            return Ok(Some(NamedCredentials { name, credentials }));
        }
        let auth = self.auth_password.as_deref().map(|it| (self.auth_protocol.protocol(), it.into()));
        let privacy = self.priv_password.as_deref().map(|it| (self.priv_protocol.protocol(), it.into()));
        let credentials = Arc::new(Credentials::V3 { user, auth, privacy, context_name });
        Ok(Some(NamedCredentials { name, credentials }))
    }
}

/// A secret as it was given, which may be sealed.
fn opened(vault: &Vault, kind: Kind, place: &str, given: &str) -> Result<String, Failure> {
    if !vault::is_sealed(given) {
        return Ok(given.to_owned());
    }
    let opened = vault.open(kind.name(), given);
    opened.map(|text| text.to_string()).map_err(|why| Failure::usage(format_args!("{place}: {why}")))
}

fn read_file(vault: &Vault, path: &Path) -> Result<Vec<Entry>, Failure> {
    #[derive(Deserialize)]
    #[serde(deny_unknown_fields)]
    struct File {
        credentials: Vec<Entry>,
    }
    let file: File = vault::toml::read(vault, "credentials file", path)?;
    if file.credentials.is_empty() {
        return Err(Failure::usage(format_args!(
            "credentials file {} holds no [[credentials]]",
            path.display()
        )));
    }
    Ok(file.credentials)
}

#[cfg(test)]
mod tests {
    use super::super::snmp_crypto::check;
    use super::*;
    use clap::Parser;

    #[derive(Parser)]
    struct Line {
        #[command(flatten)]
        snmp: SnmpOptions,
    }

    fn names(arguments: &[&str]) -> Result<Vec<String>, String> {
        let line =
            Line::try_parse_from([&["test"], arguments].concat()).map_err(|error| error.to_string())?;
        line.snmp
            .ladder(&Vault::default())
            .map(|ladder| ladder.into_iter().map(|step| step.name).collect())
            .map_err(|failure| failure.sentence)
    }

    #[test]
    fn nothing_given_tries_public_with_v2c_then_v1() {
        assert_eq!(names(&[]).unwrap(), ["v2c", "v1"]);
    }

    #[test]
    fn a_silent_network_of_254_has_room_for_all_with_the_next_credentials_too() {
        let snmp = Line::try_parse_from(["test"]).unwrap().snmp;
        let credentials = u32::try_from(snmp.ladder(&Vault::default()).unwrap().len()).unwrap();
        assert!(snmp.in_flight >= 254 * credentials, "{} questions", snmp.in_flight);
    }

    #[test]
    fn a_user_alone_never_falls_back_to_a_community() {
        assert_eq!(
            names(&["--user", "monitor", "-A", "authpass12", "-X", "privpass12"]).unwrap(),
            ["v3 user monitor"]
        );
    }

    #[test]
    fn a_user_and_a_community_try_v3_first() {
        assert_eq!(names(&["--user", "monitor", "-c", "site"]).unwrap(), ["v3 user monitor", "v2c", "v1"]);
    }

    #[test]
    fn the_protocols_have_the_names_that_net_snmp_gives_them() {
        for auth in ["md5", "sha", "sha1", "sha224", "sha256", "sha384", "sha512"] {
            for privacy in ["des", "3des", "aes", "aes128", "aes192", "aes256", "aes192c", "aes256c"] {
                let line =
                    ["--user", "monitor", "-a", auth, "-A", "authpass12", "-x", privacy, "-X", "privpass12"];
                assert_eq!(names(&line).unwrap(), ["v3 user monitor"], "{auth} {privacy}");
            }
        }
        assert_eq!(Privacy::Aes256c.protocol(), PrivProtocol::Aes256(KeyExtension::Reeder));
        assert_eq!(Privacy::Aes256.protocol(), PrivProtocol::Aes256(KeyExtension::Blumenthal));
    }

    #[test]
    fn a_password_without_a_user_is_refused() {
        assert!(names(&["-A", "authpass12"]).unwrap_err().contains("--user"));
    }

    fn ladder_of(file: &str, arguments: &[&str]) -> Result<Vec<NamedCredentials>, String> {
        let mut written = tempfile::NamedTempFile::new().unwrap();
        std::io::Write::write_all(&mut written, file.as_bytes()).unwrap();
        let path = written.path().to_str().unwrap();
        let line = Line::try_parse_from([&["test", "--credentials", path], arguments].concat()).unwrap();
        let ladder = line.snmp.ladder(&Vault::default()).map_err(|failure| failure.sentence)?;
        let provider = line.snmp.fips.provider().map_err(|failure| failure.sentence)?;
        check(&provider, &ladder).map_err(|failure| failure.sentence)?;
        Ok(ladder)
    }

    fn keys(engine_id: &str, auth_octets: usize, rest: &str) -> String {
        format!(
            "[[credentials]]\nuser = \"monitor\"\n{rest}[[credentials.keys]]\nengine-id = \"{engine_id}\"\n\
             auth-key = \"{}\"\npriv-key = \"{}\"\n",
            "a7".repeat(auth_octets),
            "0F".repeat(16)
        )
    }

    #[test]
    fn keys_that_were_localised_elsewhere_stand_in_the_file_in_place_of_passwords() {
        let ladder = ladder_of(&keys("0x80001f8804707274", 32, ""), &[]).unwrap();
        let [NamedCredentials { name, credentials }] = &ladder[..] else { panic!("one try") };
        assert_eq!(name, "v3 user monitor");
        let Credentials::V3Localized { keys: sets, .. } = &**credentials else { panic!("no passwords") };
        assert_eq!(sets[0].engine_id().as_slice(), b"\x80\0\x1f\x88\x04prt");
        assert_eq!(sets[0].auth().unwrap().1.expose(), [0xa7; 32]);
        assert_eq!(sets[0].privacy().unwrap().1.expose(), [0x0f; 16]);
        for (file, word) in [
            (keys("80001f8804707274", 20, ""), "32"),
            (keys("80001f88047072740", 32, ""), "engine-id"),
            (keys("zz001f8804707274", 32, ""), "engine-id"),
            (keys("8000", 32, ""), "engine-id"),
            (keys("80001f8804707274", 32, "auth-password = \"authpass12\"\n"), "not both"),
            (keys("80001f8804707274", 32, "").replace("user", "context"), "without a user"),
            (keys("80001f8804707274", 32, "").replace("a7", "x7"), "auth-key"),
            (keys("80001f8804707274", 32, "") + "password = \"x\"\n", "password"),
        ] {
            let error = ladder_of(&file, &[]).err().unwrap();
            assert!(error.contains(word) && !error.contains("a7a7") && !error.contains("0F0F"), "{error}");
        }
    }

    #[test]
    fn under_a_policy_what_is_not_approved_is_refused_with_the_reason_before_anything_is_sent() {
        let user = "[[credentials]]\nuser = \"monitor\"\nauth-password = \"authpass12\"\n";
        let encrypted = keys("80001f8804707274", 32, "");
        assert!(ladder_of(user, &["--fips", "off"]).is_ok());
        let refused = ladder_of(user, &["--fips", "strict"]).err().unwrap();
        assert!(refused.starts_with("v3 user monitor: ") && refused.contains("strict"), "{refused}");
        // No module approves CFB, whichever back-end the program has.
        let refused = ladder_of(&encrypted, &["--fips", "strict"]).err().unwrap();
        assert!(refused.contains("; use "), "{refused}");
        // Communities have no algorithms.
        assert!(ladder_of("[[credentials]]\ncommunities = [\"site\"]\n", &["--fips", "strict"]).is_ok());
        let by_module = ladder_of(user, &["--fips", "approved-auth"]);
        assert_eq!(by_module.is_ok(), cfg!(feature = "fips"));
        let authenticated = encrypted.lines().filter(|line| !line.starts_with("priv-key"));
        let authenticated = authenticated.collect::<Vec<_>>().join("\n");
        assert_eq!(ladder_of(&authenticated, &["--fips", "strict"]).is_ok(), cfg!(feature = "fips"));
    }

    #[test]
    fn a_file_is_tried_first_and_its_errors_never_quote_it() {
        let mut file = tempfile::NamedTempFile::new().unwrap();
        let path = file.path().to_str().unwrap().to_owned();
        std::io::Write::write_all(
            &mut file,
            b"[[credentials]]\ncommunities = [\"sitecommunity\"]\nversions = [\"2c\"]\n",
        )
        .unwrap();
        assert_eq!(
            names(&["--credentials", &path, "--user", "monitor"]).unwrap(),
            ["v2c", "v3 user monitor"]
        );
        std::io::Write::write_all(&mut file, b"auth-password = hunter2hunter2\n").unwrap();
        let error = names(&["--credentials", &path]).unwrap_err();
        assert!(error.contains("line 4") && !error.contains("hunter2"), "{error}");
    }

    #[test]
    fn what_is_given_may_be_sealed_and_opens_as_what_it_is_alone() {
        let folder = tempfile::tempdir().unwrap();
        let vault = Vault::new(None, Some(folder.path()));
        let seal = |kind: Kind| vault.key_or_new().unwrap().seal(kind.name(), "quince-4711").unwrap();
        let (community, password) = (seal(Kind::Communities), seal(Kind::AuthPassword));
        let snmp = |words: &[&str]| Line::try_parse_from([&["test"], words].concat()).unwrap().snmp;
        let words = ["-c", &community, "--write-community", &community, "-u", "monitor", "-A", &password];
        let given = snmp(&words);
        let ladder = given.ladder(&vault).unwrap();
        let Credentials::V3 { auth: Some((_, auth)), .. } = &*ladder[0].credentials else { panic!("no v3") };
        assert_eq!(auth.expose(), b"quince-4711");
        let Credentials::V2c { community: opened } = &*ladder[1].credentials else { panic!("no v2c") };
        assert_eq!(opened.expose(), b"quince-4711");
        assert_eq!(given.write_community(&vault).unwrap().unwrap(), "quince-4711");
        let why = snmp(&["-c", &password]).ladder(&vault).err().unwrap().sentence;
        assert!(why.starts_with("--community: ") && !why.contains("quince"), "{why}");

        let file = folder.path().join("community");
        let from_file = snmp(&["--write-community-file", file.to_str().unwrap()]);
        assert!(from_file.write_community(&vault).is_err(), "it is not there");
        for text in [format!("{community}\n"), "quince-4711\nmore\n".to_owned()] {
            std::fs::write(&file, text).unwrap();
            assert_eq!(from_file.write_community(&vault).unwrap().unwrap(), "quince-4711");
        }
        std::fs::write(&file, "\n").unwrap();
        assert!(from_file.write_community(&vault).is_err(), "it is empty");
    }

    #[test]
    fn numbers_that_would_ask_nobody_or_for_ever_are_refused() {
        use clap::Parser as _;
        let taken = |words: [&str; 2]| {
            let line = ["agent", "collect", "192.0.2.7"].into_iter().chain(words);
            crate::cli::Line::try_parse_from(line).is_ok()
        };
        for (option, least, refused) in
            [("--packet-rate", "1", "0"), ("--in-flight", "1", "0"), ("--retries", "0", "1000000")]
        {
            assert!(taken([option, least]) && !taken([option, refused]), "{option}");
        }
    }
}
