//! The client of the line printer daemon protocol (RFC 1179): octets out, acknowledgements in.
//!
//! ```text
//! 02 queue LF ─▶ 02 length SP cfA… LF ─▶ control file, 00 ─▶ 03 length SP dfA… LF ─▶ content, 00 ─▶ done
//!             00 ◀─               00 ◀─               00 ◀─                00 ◀─             00 ◀─
//! ```
//!
//! An acknowledgement other than 00 ends it. Until the content begins nothing can be printed: daemons print a job when its
//! data file is there.

use core::fmt;

/// What is known of a job before it is sent.
#[derive(Clone, Copy, Debug)]
pub struct LprJob<'a> {
    /// The queue; what no queue's name can have is left out.
    pub queue: &'a str,
    /// What the job is called.
    pub title: &'a str,
    /// Octets of the content; at least one: 0 stands for "until the connection ends", and not everybody knows it.
    pub size: u64,
    /// 0 to 999, for the names of the files.
    pub number: u16,
}

/// What to do next.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum LprStep<'a> {
    /// Send this, then wait for one octet.
    Send(&'a [u8]),
    /// Send the content and an octet of zeros, then wait for one octet.
    Content,
    /// Close the connection: the daemon has the job.
    Done,
}

/// Why a daemon did not take a job.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct LprError {
    at: &'static str,
    octet: Option<u8>,
}

impl fmt::Display for LprError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self.octet {
            Some(octet) => write!(f, "the daemon refused {} with octet {octet:02x}", self.at),
            None => write!(f, "the daemon closed the connection without acknowledging {}", self.at),
        }
    }
}

impl core::error::Error for LprError {}

/// Sends one job.
#[derive(Clone, Debug)]
pub struct LprSender {
    /// What is sent before the content, each with what it is.
    parts: [(&'static str, Vec<u8>); 4],
    at: usize,
}

impl LprSender {
    /// A sender of this job.
    #[must_use]
    pub fn new(job: &LprJob<'_>) -> Self {
        let number = job.number % 1000;
        let (control_name, data_name) = (format!("cfA{number:03}{HOST}"), format!("dfA{number:03}{HOST}"));
        // l: printed as it is, control characters too (RFC 1179 §7.22).
        let title = text(job.title, 99);
        let control = format!("H{HOST}\nP{USER}\nJ{title}\nl{data_name}\nU{data_name}\nN{title}\n");
        let line = |command: u8, operands: String| [&[command], operands.as_bytes(), b"\n"].concat();
        let queue: String = job.queue.chars().filter(|c| !c.is_whitespace() && !c.is_control()).collect();
        Self {
            parts: [
                ("the queue", line(2, text(&queue, 100))),
                ("the control file's name", line(2, format!("{} {control_name}", control.len()))),
                ("the control file", [control.as_bytes(), &[0]].concat()),
                ("the data file's name", line(3, format!("{} {data_name}", job.size))),
            ],
            at: 0,
        }
    }

    /// What to do now.
    #[must_use]
    pub fn step(&self) -> LprStep<'_> {
        match self.parts.get(self.at) {
            Some((_, octets)) => LprStep::Send(octets),
            None if self.at == self.parts.len() => LprStep::Content,
            None => LprStep::Done,
        }
    }

    /// Takes the octet that came; `None` when the connection ended instead.
    ///
    /// # Errors
    /// When it is no acknowledgement. Where [`Self::step`] was not [`LprStep::Content`], nothing was printed.
    pub fn handle(&mut self, octet: Option<u8>) -> Result<(), LprError> {
        if octet == Some(0) {
            self.at += 1;
            return Ok(());
        }
        let at = self.parts.get(self.at).map_or("the content", |(what, _)| what);
        Err(LprError { at, octet })
    }
}

/// ASCII without control characters, at most so long.
fn text(text: &str, most: usize) -> String {
    text.chars().map(|c| if matches!(c, ' '..='~') { c } else { '?' }).take(most).collect()
}

/// Who sends, in the names of the files: no daemon needs to resolve it.
const HOST: &str = "remote-services";
const USER: &str = "remote-services";

#[cfg(test)]
mod tests {
    use super::*;

    const JOB: LprJob<'_> = LprJob { queue: "lp", title: "Test page", size: 5, number: 7 };

    #[test]
    fn rfc1179_6_a_job_is_sent_step_by_step_and_each_is_acknowledged() {
        let mut sender = LprSender::new(&JOB);
        let mut sent = Vec::new();
        while let LprStep::Send(octets) = sender.step() {
            sent.push(octets.to_vec());
            sender.handle(Some(0)).unwrap();
        }
        let control = "Hremote-services\nPremote-services\nJTest page\nldfA007remote-services\nUdfA007remote-services\nNTest page\n";
        assert_eq!(sent[0], b"\x02lp\n");
        assert_eq!(sent[1], format!("\x02{} cfA007remote-services\n", control.len()).into_bytes());
        assert_eq!(sent[2], format!("{control}\0").into_bytes());
        assert_eq!(sent[3], b"\x035 dfA007remote-services\n");
        assert_eq!((sent.len(), sender.step()), (4, LprStep::Content));
        sender.handle(Some(0)).unwrap();
        assert_eq!(sender.step(), LprStep::Done);
    }

    #[test]
    fn a_refusal_says_what_was_refused() {
        let mut sender = LprSender::new(&JOB);
        let refused = sender.handle(Some(1)).unwrap_err().to_string();
        assert_eq!(refused, "the daemon refused the queue with octet 01");
        for _ in 0..4 {
            sender.handle(Some(0)).unwrap();
        }
        let ended = sender.handle(None).unwrap_err().to_string();
        assert_eq!(ended, "the daemon closed the connection without acknowledging the content");
    }

    #[test]
    fn neither_queue_nor_title_can_hold_a_line_of_its_own() {
        let job = LprJob { queue: "lp\n\x02other", title: "a\nUcfA000\u{e4}", ..JOB };
        let sender = LprSender::new(&job);
        assert_eq!(sender.parts[0].1, b"\x02lpother\n");
        let control = String::from_utf8(sender.parts[2].1.clone()).unwrap();
        assert!(control.contains("\nJa?UcfA000?\n") && control.lines().count() == 6 + 1, "{control:?}");
    }
}
