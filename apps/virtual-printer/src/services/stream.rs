//! One job as it comes in: printer job language, print data or a firmware, told apart piece by piece. Nothing of it is kept but
//! counts, a digest and what it says about itself.

use super::pdl::Sides;
use super::pjl::{self, Question, Told};
use crate::device::job::{Job, Origin};
use crate::device::upgrade::{self, Firmware, Refusal};
use sha2::{Digest as _, Sha256};

/// What a stream came to.
#[derive(Debug)]
pub(crate) enum Outcome {
    /// Nothing came, or only questions.
    Nothing,
    /// A job to print.
    Job(Job),
    /// A firmware, and the job that it was.
    Firmware(Result<Firmware, Refusal>, Job),
}

/// Reads a stream.
#[derive(Debug, Default)]
pub(crate) struct JobStream {
    mode: Mode,
    /// A line of the job language, or a universal exit, that has not ended yet.
    pending: Vec<u8>,
    sides: Sides,
    told: Told,
    upgrade: upgrade::Reader,
    digest: Sha256,
    octets: u64,
    data: bool,
}

#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
enum Mode {
    /// Nothing came yet, or the first octets may begin a firmware.
    #[default]
    Start,
    /// At the start of a line that may be a command.
    Commands,
    /// Print data, up to the next universal exit.
    Data,
    Firmware,
}

/// `ESC %-12345X`
const EXIT: &[u8] = b"\x1b%-12345X";
/// Longer lines are no commands.
const LONGEST_LINE: usize = 1024;

impl JobStream {
    /// Takes in a piece; gives the questions in it.
    pub(crate) fn take(&mut self, octets: &[u8]) -> Vec<Question> {
        self.octets += octets.len() as u64;
        self.digest.update(octets);
        let mut questions = Vec::new();
        let mut rest = octets;
        while let Some((first, behind)) = rest.split_first() {
            match self.mode {
                Mode::Firmware => {
                    self.upgrade.take(rest);
                    break;
                }
                Mode::Data if self.pending.is_empty() && *first != EXIT[0] => {
                    let until = rest.iter().position(|octet| *octet == EXIT[0]).unwrap_or(rest.len());
                    self.print(&rest[..until]);
                    rest = &rest[until..];
                    continue;
                }
                _ => {}
            }
            rest = behind;
            self.pending.push(*first);
            self.look(&mut questions);
        }
        questions
    }

    fn print(&mut self, octets: &[u8]) {
        self.data |= !octets.is_empty();
        self.sides.take(octets);
    }

    /// What the pending octets are by now.
    fn look(&mut self, questions: &mut Vec<Question>) {
        if self.mode == Mode::Start {
            if self.pending.len() >= upgrade::MAGIC.len() && upgrade::Reader::begins(&self.pending) {
                self.mode = Mode::Firmware;
                let begun = std::mem::take(&mut self.pending);
                return self.upgrade.take(&begun);
            }
            if upgrade::Reader::begins(&self.pending) && self.pending.len() > b"@".len() {
                return;
            }
            if self.pending.len() == 1 && self.pending[0] == b'@' {
                return;
            }
            self.mode = Mode::Commands;
        }
        if is_begun(&self.pending, EXIT) {
            if self.pending.len() == EXIT.len() {
                self.pending.clear();
                self.mode = Mode::Commands;
            }
            return;
        }
        let may_be_command = self.mode == Mode::Commands && is_begun(&self.pending, b"@PJL");
        if may_be_command && self.pending.len() < LONGEST_LINE {
            if self.pending.last() == Some(&b'\n') {
                let text = String::from_utf8_lossy(&self.pending).trim_end().to_owned();
                self.pending.clear();
                if text.to_ascii_uppercase().starts_with("@PJL ENTER") {
                    self.mode = Mode::Data;
                }
                questions.extend(pjl::line(&text, &mut self.told));
            }
            return;
        }
        // Empty lines between commands are none of the data.
        if self.mode == Mode::Commands && matches!(self.pending[..], [b'\n' | b'\r']) {
            return self.pending.clear();
        }
        self.mode = Mode::Data;
        let data = std::mem::take(&mut self.pending);
        self.print(&data);
    }

    /// Whether a firmware is complete, so that nobody waits for more.
    pub(crate) fn is_complete(&self) -> bool {
        self.mode == Mode::Firmware && self.upgrade.is_complete()
    }

    /// What its envelope says of it, where it says nothing itself.
    pub(crate) fn is_called(&mut self, name: &str, user: &str, copies: u32) {
        if self.told.name.is_empty() {
            name.clone_into(&mut self.told.name);
        }
        if self.told.user.is_empty() {
            user.clone_into(&mut self.told.user);
        }
        if self.told.copies == 0 {
            self.told.copies = copies;
        }
    }

    /// Octets so far.
    pub(crate) fn octets(&self) -> u64 {
        self.octets
    }

    /// What came, to a printer of this model.
    pub(crate) fn finish(mut self, origin: Origin, model: &str) -> Outcome {
        let pending = std::mem::take(&mut self.pending);
        self.print(&pending);
        let sides = self.sides.count().unwrap_or(0).saturating_mul(self.told.copies.max(1));
        let (mono, color) = if self.told.color { (0, sides) } else { (sides, 0) };
        let job = Job {
            name: self.told.name,
            user: self.told.user,
            color_sides: color,
            two_sided: self.told.two_sided,
            octets: self.octets,
            digest: upgrade::hex(&self.digest.finalize()),
            ..Job::sides(origin, mono)
        };
        match self.mode {
            Mode::Firmware => {
                let job = Job { mono_sides: 0, color_sides: 0, ..job };
                Outcome::Firmware(self.upgrade.finish(model), job)
            }
            _ if self.data => Outcome::Job(job),
            _ => Outcome::Nothing,
        }
    }
}

/// Whether one begins with the other, as far as both go.
fn is_begun(octets: &[u8], word: &[u8]) -> bool {
    let length = octets.len().min(word.len());
    octets[..length].eq_ignore_ascii_case(&word[..length])
}

#[cfg(test)]
mod tests {
    use super::*;

    fn run(octets: &[u8], piece: usize) -> (Vec<Question>, Outcome) {
        let mut stream = JobStream::default();
        let questions = octets.chunks(piece).flat_map(|piece| stream.take(piece)).collect();
        (questions, stream.finish(Origin::Raw, "Xerox AltaLink C8155"))
    }

    #[test]
    fn a_job_in_its_envelope_is_counted_and_its_questions_come_out_however_it_is_cut() {
        let job = b"\x1b%-12345X@PJL JOB NAME=\"Report\"\r\n@PJL SET COPIES=2\r\n@PJL INFO STATUS\r\n@PJL ENTER LANGUAGE=PCL\r\n\
            one\x0Ctwo\x0C\x1b%-12345X@PJL EOJ\r\n\x1b%-12345X";
        for piece in [1, 3, 7, 1000] {
            let (questions, outcome) = run(job, piece);
            assert_eq!(questions, [Question::Status], "{piece}");
            let Outcome::Job(job) = outcome else { panic!("no job") };
            assert_eq!((job.name.as_str(), job.mono_sides), ("Report", 4), "{piece}");
            assert_eq!(job.digest.len(), 64);
        }
    }

    #[test]
    fn questions_alone_are_no_job_and_plain_text_is_one() {
        let (questions, outcome) = run(b"\x1b%-12345X@PJL INFO ID\r\n\x1b%-12345X", 5);
        assert_eq!(questions, [Question::Id]);
        assert!(matches!(outcome, Outcome::Nothing));
        for text in [&b"hello"[..], b"@", b"@PJ and more", b"@VIRTUAL"] {
            let (_, outcome) = run(text, 2);
            assert!(matches!(outcome, Outcome::Job(job) if job.mono_sides == 1), "{text:?}");
        }
        assert!(matches!(run(b"", 1).1, Outcome::Nothing));
    }

    #[test]
    fn a_firmware_is_told_from_a_job() {
        let mut file = Vec::new();
        upgrade::write(&mut file, "AltaLink C8155", "2.0", &[0x0C; 100]).unwrap();
        for piece in [1, 16, 4096] {
            let Outcome::Firmware(Ok(firmware), job) = run(&file, piece).1 else { panic!("no firmware") };
            assert_eq!((firmware.version.as_str(), job.mono_sides), ("2.0", 0));
        }
        let Outcome::Firmware(refused, _) = run(&file[..file.len() - 1], 64).1 else { panic!("no firmware") };
        assert!(matches!(refused, Err(Refusal::Length { .. })));
    }
}
