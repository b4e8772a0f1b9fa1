//! SoftHSM: tokens made of software, behind a PKCS#11 library.
//!
//! The library finds its tokens by an environment variable, which must not be changed in a running process: a test
//! that loads the library runs itself again with it, see [`again_with_token`].
use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;

use tempfile::TempDir;

use crate::Tool;
use crate::process::run_ok;

/// Where Debian has the library.
pub const MODULE: &str = "/usr/lib/softhsm/libsofthsm2.so";
/// The user's PIN of every token.
pub const PIN: &str = "471112";
/// The label of every token.
pub const TOKEN: &str = "a token";
const TOKENS: &str = "tokens";
/// What the library looks at.
const CONFIG: &str = "SOFTHSM2_CONF";

/// A folder with one token.
#[derive(Debug)]
pub struct SoftHsm {
    folder: TempDir,
}

impl SoftHsm {
    /// Makes a token without keys.
    ///
    /// # Panics
    /// When it cannot be made.
    #[must_use]
    pub fn new() -> Self {
        Self::with_pin(PIN)
    }

    /// Makes one that is opened by another PIN.
    ///
    /// # Panics
    /// When it cannot be made.
    #[must_use]
    pub fn with_pin(pin: &str) -> Self {
        let folder = tempfile::tempdir().expect("a temporary folder can be made");
        let tokens = folder.path().join(TOKENS);
        fs::create_dir(&tokens).expect("the folder is ours");
        let text = format!(
            "directories.tokendir = {}\nobjectstore.backend = file\nlog.level = ERROR\n",
            tokens.display()
        );
        fs::write(folder.path().join("softhsm2.conf"), text).expect("the folder is ours");
        let hsm = Self { folder };
        let mut make = Command::new(Tool::Softhsm.path());
        make.args(["--init-token", "--free", "--label", TOKEN, "--so-pin", "12345678", "--pin", pin]);
        run_ok(make.env(CONFIG, hsm.config()));
        hsm
    }

    /// The environment variable and value with which a process finds the token.
    #[must_use]
    pub fn environment(&self) -> (&'static str, PathBuf) {
        (CONFIG, self.config())
    }

    /// A folder for the test, beside the token.
    #[must_use]
    pub fn folder(&self) -> &Path {
        self.folder.path()
    }

    /// Where the tokens are: while the folder is elsewhere, they are away.
    #[must_use]
    pub fn tokens(&self) -> PathBuf {
        self.folder.path().join(TOKENS)
    }

    fn config(&self) -> PathBuf {
        self.folder.path().join("softhsm2.conf")
    }
}

impl Default for SoftHsm {
    fn default() -> Self {
        Self::new()
    }
}

/// The URI of the key with this label.
#[must_use]
pub fn uri(object: &str) -> String {
    format!("pkcs11:token=a%20token;object={object}?module-path={MODULE}")
}

/// Where the tokens are that this process finds, see [`again_with_token`].
///
/// # Panics
/// When it finds none.
#[must_use]
pub fn tokens() -> PathBuf {
    let config = PathBuf::from(std::env::var_os(CONFIG).expect("a process with a token has it"));
    config.parent().expect("it is in a folder").join(TOKENS)
}

/// Takes the tokens away, as one pulls out a card: an empty folder is there instead.
///
/// # Panics
/// When they are away already.
pub fn take_away(tokens: &Path) {
    fs::rename(tokens, tokens.with_extension("away")).expect("they are there");
    fs::create_dir(tokens).expect("the folder is ours");
}

/// Puts those of another in their place at once: a token that is being made shows itself before it has a PIN.
///
/// # Panics
/// When there are tokens.
pub fn exchange(tokens: &Path, other: &SoftHsm) {
    fs::rename(other.tokens(), tokens).expect("the folder is empty");
}

/// Brings them back.
///
/// # Panics
/// When they are not away.
pub fn bring_back(tokens: &Path) {
    fs::remove_dir(tokens).expect("no token was made meanwhile");
    fs::rename(tokens.with_extension("away"), tokens).expect("they are away");
}

/// Builds a module in this folder that answers a wrong PIN by a general error, and puts each login down in the file `logins`
/// beside the configuration; while there is a file `hide`, the token does not say that few tries are left.
///
/// # Panics
/// When it cannot be built.
#[must_use]
pub fn blunt_module(folder: &Path) -> PathBuf {
    let (source, module) = (folder.join("blunt.c"), folder.join("blunt.so"));
    fs::write(&source, include_str!("blunt.c")).expect("the folder is ours");
    let mut build = Command::new(Tool::Cc.path());
    build.args(["-shared", "-fPIC", &format!("-DSOFTHSM=\"{MODULE}\""), "-o"]).args([&module, &source]);
    run_ok(&mut build);
    module
}

/// Runs the test of this name again in a process that finds a token, and gives `true` there: `false` comes back to
/// the first process when all is done.
///
/// # Panics
/// When the test fails there.
#[must_use]
pub fn again_with_token(test: &str) -> bool {
    if std::env::var_os(CONFIG).is_some() {
        return true;
    }
    let hsm = SoftHsm::new();
    let (name, value) = hsm.environment();
    let mut again = Command::new(std::env::current_exe().expect("this program has a file"));
    let said = run_ok(again.args(["--exact", test, "--nocapture"]).env(name, value));
    assert!(said.contains("1 passed"), "{said}");
    false
}
