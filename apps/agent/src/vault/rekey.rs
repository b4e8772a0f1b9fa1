//! Another key for the secrets. What was sealed under the one before is sealed anew, file by file:
//!
//! ```text
//! 1  the new key stands beside the old one, KEY.next              opened by: old
//! 2  everything is opened, and sealed under the new one in memory            old   (what does not open ends it here)
//! 3  file after file is replaced as a whole                                  old, then new: whoever opens tries both
//! 4  KEY.next takes the place of KEY                                         new
//! ```
//!
//! Ended at any of these steps, everything opens, and the same again goes on where it was.

use super::kept::{self, KEPT, REFUSED, RENEWED};
use super::place::{Place, SETTINGS, Vault, next_to, read};
use super::sealed::{SealingKey, Unopened, is_sealed};
use super::toml;
use crate::failure::{Context, Failure};
use remote_services_transport::durable;
use std::path::{Path, PathBuf};
use zeroize::Zeroizing;

/// What a change of the key has done.
pub(crate) struct Rekeyed {
    /// Where the key is.
    pub key: PathBuf,
    /// The files in which something was sealed anew, and how much.
    pub files: Vec<(PathBuf, usize)>,
    /// Whether an earlier try had begun it.
    pub resumed: bool,
}

/// A file to seal anew.
struct Work {
    path: PathBuf,
    text: Zeroizing<String>,
    count: usize,
}

/// The key until now, and the one from now on.
pub(super) struct Keys {
    old: std::sync::Arc<SealingKey>,
    next: SealingKey,
}

impl Keys {
    /// The same secret under the new key.
    pub(super) fn again(&self, what: &str, sealed: &str) -> Result<Zeroizing<String>, String> {
        let opened = match self.old.open(what, sealed) {
            Err(Unopened::OtherKey) => self.next.open(what, sealed),
            other => other,
        };
        let secret = opened.map_err(|why| why.to_string())?;
        self.next.seal(what, &secret).map(Zeroizing::new).map_err(|failure| failure.sentence)
    }
}

impl Vault {
    /// Makes a new key and seals everything anew under it: the agent's own secrets, the settings, `people`'s files of
    /// settings, networks and credentials, and `single` files with one secret each, named by what they are sealed as. To
    /// be called while this process alone works on the data folder.
    ///
    /// # Errors
    /// When something does not open, or cannot be kept. Everything opens as before then, and the same again goes on.
    pub(crate) fn rekey(
        &self,
        people: &[PathBuf],
        single: &[(PathBuf, &'static str)],
    ) -> Result<Rekeyed, Failure> {
        let key = match self.place()? {
            Place::Named(path) | Place::Data(path) => path.canonicalize().unwrap_or_else(|_| path.clone()),
            Place::Credential(path) => {
                return Err(Failure::usage(format_args!(
                    "{} comes from systemd, which does not let it be replaced: name a file with this key by --secrets-key, \
                     and make the credential anew from it",
                    path.display()
                )));
            }
        };
        let old = self.key()?;
        let beside = next_to(&key);
        let found = read(&beside)?;
        let resumed = found.is_some();
        let next = match found {
            Some(next) => next,
            None => self.make_next(&key, &beside)?,
        };
        let keys = Keys { old, next };
        let work = self.sealed_anew(&keys, people, single).inspect_err(|_| {
            if !resumed {
                // Nothing is sealed under it; left behind it would only be gone on with.
                let _ = std::fs::remove_file(&beside);
            }
        })?;
        for Work { path, text, .. } in &work {
            toml::replace(path, text.as_bytes())
                .context(format_args!("cannot replace {}", path.display()))?;
        }
        let moved =
            std::fs::rename(&beside, &key).and_then(|()| key.parent().map_or(Ok(()), durable::sync_folder));
        moved.context(format_args!("cannot replace {}", key.display()))?;
        let files = work.into_iter().map(|Work { path, count, .. }| (path, count)).collect();
        Ok(Rekeyed { key, files, resumed })
    }

    fn make_next(&self, key: &Path, beside: &Path) -> Result<SealingKey, Failure> {
        let next = SealingKey::draw()?;
        let kept = durable::replace(beside, next.to_text().as_bytes()).and_then(|()| toml::like(beside, key));
        kept.context(format_args!("cannot keep the new key in {}", beside.display()))?;
        Ok(next)
    }

    /// Each file in which something is sealed, as it is to be.
    fn sealed_anew(
        &self,
        keys: &Keys,
        people: &[PathBuf],
        single: &[(PathBuf, &'static str)],
    ) -> Result<Vec<Work>, Failure> {
        let data = self.data.as_deref().map(Path::to_path_buf).unwrap_or_default();
        let mut work: Vec<Work> = Vec::new();
        let own = KEPT
            .into_iter()
            .chain([(RENEWED, super::CLIENT_KEY), (REFUSED, super::REFUSED_PIN)])
            .map(|(name, what)| (data.join(name), what));
        for (path, what) in own.chain(single.iter().cloned()) {
            if let Some(text) = kept::read(&path)? {
                let lines = lines_anew(keys, what, &text);
                // It is of a key that was lost, and a help only.
                if lines.is_err() && what == super::REFUSED_PIN {
                    continue;
                }
                let (text, count) =
                    lines.map_err(|why| Failure::failed(format_args!("{}: {why}", path.display())))?;
                work.push(Work { path, text, count });
            }
        }
        let settings = data.join(SETTINGS);
        let settings = settings.exists().then_some(settings);
        for path in settings.iter().chain(people) {
            // What a link names is replaced, not the link; and each file once.
            let path = path.canonicalize();
            let path = path.map_err(|error| Failure::usage(format_args!("{error}: a file with secrets")))?;
            if work.iter().any(|it| it.path == path) {
                continue;
            }
            let (text, count) = toml::sealed_anew(keys, &path)?;
            work.push(Work { path, text, count });
        }
        work.retain(|it| it.count > 0);
        Ok(work)
    }
}

/// Each line that is a sealed text, or has one between quotes, under the new key; all others stay.
fn lines_anew(keys: &Keys, what: &str, text: &str) -> Result<(Zeroizing<String>, usize), String> {
    let mut count = 0;
    let lines = text.split_inclusive('\n').map(|line| {
        let Some(bare) = line.split('"').map(str::trim_ascii).find(|part| is_sealed(part)) else {
            return Ok(Zeroizing::new(line.to_owned()));
        };
        count += 1;
        keys.again(what, bare).map(|anew| Zeroizing::new(line.replace(bare, &anew)))
    });
    let lines: Vec<Zeroizing<String>> = lines.collect::<Result<_, String>>()?;
    let whole = lines.iter().map(|line| line.as_str()).collect::<Vec<_>>().concat();
    Ok((Zeroizing::new(whole), count))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::vault::{CLIENT_KEY, PSEUDONYMS};

    /// A data folder with something sealed in each kind of file.
    fn folder() -> tempfile::TempDir {
        let folder = tempfile::tempdir().unwrap();
        let data = folder.path();
        std::fs::create_dir(data.join("identity")).unwrap();
        let key = vault(data).key_or_new().unwrap();
        let seal = |what: &str, secret: &str| key.seal(what, secret).unwrap();
        let write = |name: &str, text: String| std::fs::write(data.join(name), text).unwrap();
        write("identity/client.key.pem", format!("{}\n", seal(CLIENT_KEY, "quince")));
        write(
            "identity/renewed.pem",
            format!("server: https://a.example\n{}\nPEM\n", seal(CLIENT_KEY, "medlar")),
        );
        write("identity/pseudonym.key", seal(PSEUDONYMS, "0011"));
        write("agent.toml", format!("# ours\nproxy = \"{}\"\n", seal("proxy", "http://a:sloe@b:1")));
        write("pin", seal("pin", "1234"));
        write("networks.toml", format!("communities = [\"public\", \"{}\"]\n", seal("communities", "rowan")));
        folder
    }

    fn vault(data: &Path) -> Vault {
        Vault::without_credentials(None, Some(data))
    }

    fn rekey(data: &Path) -> Result<Rekeyed, Failure> {
        vault(data)
            .rekey(&[data.join("networks.toml"), data.join("agent.toml")], &[(data.join("pin"), "pin")])
    }

    fn read_text(data: &Path, name: &str) -> Zeroizing<String> {
        Zeroizing::new(std::fs::read_to_string(data.join(name)).unwrap())
    }

    /// Everything, as the agent opens it.
    fn opened(data: &Path) -> Vec<String> {
        let vault = vault(data);
        let line = |what: &str, name: &str| {
            let text = read_text(data, name);
            let sealed = text.lines().find(|line| is_sealed(line)).unwrap().to_owned();
            vault.open_stored(what, &data.join(name), Zeroizing::new(sealed)).unwrap().as_str().to_owned()
        };
        let file = |name: &str| {
            format!("{:?}", toml::parse::<::toml::Table>(&vault, &read_text(data, name)).unwrap())
        };
        vec![
            line(CLIENT_KEY, "identity/client.key.pem"),
            line(CLIENT_KEY, "identity/renewed.pem"),
            line(PSEUDONYMS, "identity/pseudonym.key"),
            line("pin", "pin"),
            file("agent.toml"),
            file("networks.toml"),
        ]
    }

    #[test]
    fn everything_is_sealed_under_the_new_key_and_the_old_one_opens_nothing_any_more() {
        let folder = folder();
        let data = folder.path();
        let (before, old) = (opened(data), vault(data).key().unwrap());
        let sealed: Vec<_> = NAMES.map(|name| read_text(data, name)).into();
        let done = rekey(data).unwrap();
        assert_eq!((done.files.len(), done.resumed), (6, false));
        assert!(done.files.iter().all(|(_, count)| *count == 1));
        assert_eq!(opened(data), before);
        assert!(!data.join("secrets.key.next").exists());
        for (name, sealed) in NAMES.iter().zip(sealed) {
            let text = read_text(data, name);
            assert_ne!(text, sealed, "{name}");
            let at = text.find("sealed:v1:").unwrap();
            let end = text[at..].find(['"', '\n']).map_or(text.len(), |end| at + end);
            assert_eq!(old.open("any", &text[at..end]).unwrap_err(), Unopened::OtherKey, "{name}");
        }
        assert!(read_text(data, "agent.toml").starts_with("# ours\nproxy = \"sealed:v1:"));
    }

    #[test]
    fn ended_after_any_file_everything_opens_and_the_same_again_goes_on() {
        let whole = folder();
        let before = opened(whole.path());
        for files in 0..=NAMES.len() {
            let folder = folder();
            let data = folder.path();
            // As it is left when it ends before the file of this number, or before the key takes its place.
            let copy: Vec<_> = NAMES.map(|name| read_text(data, name)).into();
            let old = read_text(data, "secrets.key");
            rekey(data).unwrap();
            std::fs::rename(data.join("secrets.key"), data.join("secrets.key.next")).unwrap();
            std::fs::write(data.join("secrets.key"), old.as_bytes()).unwrap();
            for (name, text) in NAMES.iter().zip(copy).skip(files) {
                std::fs::write(data.join(name), text.as_bytes()).unwrap();
            }
            std::fs::write(data.join("networks.toml.sealing"), "half").unwrap();
            let next = read_text(data, "secrets.key.next");
            assert_eq!(opened(data), before, "{files}");
            // What is sealed meanwhile is part of it.
            let renewed = vault(data).for_disk(CLIENT_KEY, "quince").unwrap();
            std::fs::write(data.join("identity/client.key.pem"), renewed.as_bytes()).unwrap();
            assert!(rekey(data).unwrap().resumed);
            assert_eq!(opened(data), before, "{files}");
            assert_eq!(read_text(data, "secrets.key"), next);
        }
    }

    #[test]
    fn what_does_not_open_ends_it_before_anything_is_changed() {
        let folder = folder();
        let data = folder.path();
        let good = read_text(data, "networks.toml");
        std::fs::write(data.join("networks.toml"), good.replace("public", "sealed:v1:AAAA")).unwrap();
        let copy: Vec<_> = NAMES.map(|name| read_text(data, name)).into();
        let why = rekey(data).err().unwrap().sentence;
        assert!(why.contains("networks.toml, line 1: communities[0]: "), "{why}");
        assert_eq!(NAMES.map(|name| read_text(data, name)).to_vec(), copy);
        assert!(!data.join("secrets.key.next").exists());
        std::fs::remove_file(data.join("networks.toml")).unwrap();
        assert!(rekey(data).is_err(), "a file that is not there is a mistake");
        assert_eq!(read_text(data, "pin"), copy[3]);
    }

    #[cfg(unix)]
    #[test]
    fn a_key_in_a_file_of_its_own_is_replaced_there_and_modes_stay() {
        use std::os::unix::fs::PermissionsExt as _;
        let folder = folder();
        let data = folder.path();
        let key = data.join("elsewhere");
        std::fs::rename(data.join("secrets.key"), &key).unwrap();
        let mode = |path: &Path| std::fs::metadata(path).unwrap().permissions().mode() & 0o777;
        std::fs::set_permissions(&key, std::fs::Permissions::from_mode(0o440)).unwrap();
        std::fs::set_permissions(data.join("pin"), std::fs::Permissions::from_mode(0o640)).unwrap();
        let before = std::fs::read_to_string(&key).unwrap();
        let named = Vault::without_credentials(Some(&key), Some(data));
        let done = named.rekey(&[data.join("networks.toml")], &[(data.join("pin"), "pin")]).unwrap();
        assert_eq!((done.key.as_path(), done.files.len()), (key.as_path(), 6));
        assert_ne!(std::fs::read_to_string(&key).unwrap(), before);
        assert_eq!((mode(&key), mode(&data.join("pin"))), (0o440, 0o640));
    }

    /// In the order in which they are replaced.
    const NAMES: [&str; 6] = [
        "identity/client.key.pem",
        "identity/pseudonym.key",
        "identity/renewed.pem",
        "pin",
        "agent.toml",
        "networks.toml",
    ];
}
