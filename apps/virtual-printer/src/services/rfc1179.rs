//! The line printer daemon protocol (RFC 1179), the printer's side: octets in, octets and files out. No file is kept.

/// What the caller has to do.
#[derive(Debug, PartialEq, Eq)]
pub(super) enum Step {
    /// Send these octets.
    Send(Vec<u8>),
    /// A data file begins.
    FileBegins,
    /// Octets of it.
    Data(Vec<u8>),
    /// It has come as a whole.
    FileEnds,
    /// The job is withdrawn.
    Abort,
    /// The state of the queue is asked for: send it and close (RFC 1179 §5.3, §5.4).
    State,
    /// The other side does not keep to the protocol: close.
    Close,
}

/// What a control file says (RFC 1179 §7).
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(super) struct Control {
    /// `J`, or `N`: what the job is called.
    pub(super) name: String,
    /// `P`: who sends it.
    pub(super) user: String,
    /// How often the data file is named to be printed: the number of copies.
    pub(super) copies: u32,
}

/// The state of one connection.
#[derive(Debug, Default)]
pub(super) struct Lpd {
    state: State,
    line: Vec<u8>,
    control: Option<Control>,
}

#[derive(Debug, Default, PartialEq, Eq)]
enum State {
    /// A command is to come.
    #[default]
    Command,
    /// Subcommands of receiving a job.
    Receiving,
    /// So many octets of a control file.
    Control(usize),
    /// So many octets of a data file.
    Data(u64),
    /// A data file that ends with the connection: its length was given as 0.
    Endless,
    /// The octet of zeros behind a file.
    Trailer {
        data: bool,
    },
    Closed,
}

const MOST_LINE: usize = 1024;
const MOST_CONTROL: usize = 64 * 1024;
const ACCEPTED: u8 = 0;
const REFUSED: u8 = 1;

impl Lpd {
    /// What the control files said.
    pub(super) fn control(&self) -> Control {
        self.control.clone().unwrap_or_default()
    }

    /// Takes in octets.
    pub(super) fn take(&mut self, mut octets: &[u8]) -> Vec<Step> {
        let mut steps = Vec::new();
        while !octets.is_empty() && self.state != State::Closed {
            octets = match self.state {
                State::Command | State::Receiving => self.line(octets, &mut steps),
                State::Control(left) => {
                    let (now, rest) = octets.split_at(left.min(octets.len()));
                    self.line.extend_from_slice(now);
                    if now.len() == left {
                        self.control = Some(control(&std::mem::take(&mut self.line)));
                        self.state = State::Trailer { data: false };
                    } else {
                        self.state = State::Control(left - now.len());
                    }
                    rest
                }
                State::Data(left) => {
                    let take = usize::try_from(left).unwrap_or(usize::MAX).min(octets.len());
                    let (now, rest) = octets.split_at(take);
                    steps.push(Step::Data(now.to_vec()));
                    self.state = match left - now.len() as u64 {
                        0 => State::Trailer { data: true },
                        left => State::Data(left),
                    };
                    rest
                }
                State::Endless => {
                    steps.push(Step::Data(octets.to_vec()));
                    &[]
                }
                State::Trailer { data } => {
                    if data {
                        steps.push(Step::FileEnds);
                    }
                    steps.push(Step::Send(vec![ACCEPTED]));
                    self.state = State::Receiving;
                    &octets[1..]
                }
                State::Closed => &[],
            };
        }
        steps
    }

    /// The connection has ended.
    pub(super) fn end(&mut self) -> Option<Step> {
        let endless = self.state == State::Endless;
        self.state = State::Closed;
        endless.then_some(Step::FileEnds)
    }

    fn line<'o>(&mut self, octets: &'o [u8], steps: &mut Vec<Step>) -> &'o [u8] {
        let Some(end) = octets.iter().position(|octet| *octet == b'\n') else {
            self.line.extend_from_slice(octets);
            if self.line.len() > MOST_LINE {
                self.close(steps);
            }
            return &[];
        };
        self.line.extend_from_slice(&octets[..end]);
        let line = std::mem::take(&mut self.line);
        match (&self.state, line.first()) {
            _ if line.len() > MOST_LINE => self.close(steps),
            (State::Command, Some(2)) => {
                self.state = State::Receiving;
                steps.push(Step::Send(vec![ACCEPTED]));
            }
            // Waiting jobs are printed anyway; none can be removed.
            (State::Command, Some(1 | 5)) => {
                steps.push(Step::Send(vec![ACCEPTED]));
                self.close(steps);
            }
            (State::Command, Some(3 | 4)) => {
                self.state = State::Closed;
                steps.push(Step::State);
            }
            (State::Receiving, Some(1)) => {
                steps.extend([Step::Abort, Step::Send(vec![ACCEPTED])]);
            }
            (State::Receiving, Some(kind @ (2 | 3))) => self.file(*kind == 3, &line[1..], steps),
            _ => self.close(steps),
        }
        &octets[end + 1..]
    }

    /// `length SP name`
    fn file(&mut self, data: bool, operands: &[u8], steps: &mut Vec<Step>) {
        let length = operands
            .split(|octet| *octet == b' ')
            .next()
            .and_then(|digits| std::str::from_utf8(digits).ok()?.parse::<u64>().ok());
        self.state = match (data, length) {
            (true, Some(0)) => State::Endless,
            (true, Some(length)) => State::Data(length),
            (false, Some(length)) if (1..=MOST_CONTROL as u64).contains(&length) => {
                State::Control(usize::try_from(length).unwrap_or(MOST_CONTROL))
            }
            _ => {
                steps.push(Step::Send(vec![REFUSED]));
                return self.close(steps);
            }
        };
        if data {
            steps.push(Step::FileBegins);
        }
        steps.push(Step::Send(vec![ACCEPTED]));
    }

    fn close(&mut self, steps: &mut Vec<Step>) {
        self.state = State::Closed;
        steps.push(Step::Close);
    }
}

fn control(octets: &[u8]) -> Control {
    let text = String::from_utf8_lossy(octets);
    let (mut job, mut file) = (None, None);
    let mut control = Control::default();
    for line in text.lines() {
        let mut letters = line.chars();
        let Some(command) = letters.next() else { continue };
        let operand: String = letters.filter(|letter| !letter.is_control()).take(131).collect();
        match command {
            'J' => job = Some(operand),
            'N' => file = Some(operand),
            'P' => control.user = operand,
            // Every way to print a file: f, l, o, r and the others of §7.
            'a'..='z' if command != 'i' => control.copies += 1,
            _ => {}
        }
    }
    control.name = job.or(file).unwrap_or_default();
    control
}

#[cfg(test)]
mod tests {
    use super::*;

    fn run(octets: &[u8], piece: usize) -> (Vec<Step>, Control) {
        let mut lpd = Lpd::default();
        let mut steps: Vec<Step> = octets.chunks(piece).flat_map(|piece| lpd.take(piece)).collect();
        steps.extend(lpd.end());
        (steps, lpd.control())
    }

    #[test]
    fn rfc1179_6_a_job_comes_in_any_pieces_and_every_file_is_acknowledged() {
        let control = b"Hhost\nPjane\nJReport\nfdfA001host\nfdfA001host\nUdfA001host\n";
        let mut octets = b"\x02lp\n\x02".to_vec();
        octets.extend(format!("{} cfA001host\n", control.len()).bytes());
        octets.extend(control);
        octets.extend(b"\0\x035 dfA001host\nhello\0");
        for piece in [1, 4, 1000] {
            let (steps, said) = run(&octets, piece);
            let sent = steps.iter().filter(|step| **step == Step::Send(vec![0])).count();
            assert_eq!(sent, 5, "{piece}: {steps:?}");
            let data: Vec<u8> = steps
                .iter()
                .flat_map(|step| if let Step::Data(data) = step { data.clone() } else { Vec::new() })
                .collect();
            assert_eq!(data, b"hello");
            assert_eq!(steps.iter().filter(|step| **step == Step::FileEnds).count(), 1);
            assert_eq!(said, Control { name: "Report".to_owned(), user: "jane".to_owned(), copies: 2 });
        }
    }

    #[test]
    fn a_file_without_length_ends_with_the_connection_and_nonsense_is_closed() {
        let (steps, _) = run(b"\x02lp\n\x030 dfA001host\nhello", 3);
        assert_eq!(steps.last(), Some(&Step::FileEnds));
        for nonsense in [
            &b"GET / HTTP/1.1\r\n"[..],
            b"\x02lp\n\x02999999999 cfA\n",
            b"\x02lp\n\x03x dfA\n",
            &[b'x'; 5000],
        ] {
            assert_eq!(run(nonsense, 100).0.last(), Some(&Step::Close), "{nonsense:?}");
        }
        assert_eq!(run(b"\x04lp\n", 1).0, [Step::State]);
    }
}
