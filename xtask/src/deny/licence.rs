//! As much of SPDX licence expressions as manifests use: `OR`, `AND`, `WITH`, parentheses, and the older `/` for `OR`.

/// Whether one may choose so that only allowed licences are left. An expression that cannot be read allows nothing.
pub(super) fn allowed(expression: &str, licences: &[String]) -> bool {
    let spaced = expression.replace('(', " ( ").replace(')', " ) ").replace('/', " OR ");
    let mut reader = Reader { words: spaced.split_whitespace().collect(), at: 0, licences };
    reader.any() == Some(true) && reader.at == reader.words.len()
}

struct Reader<'a> {
    words: Vec<&'a str>,
    at: usize,
    licences: &'a [String],
}

impl<'a> Reader<'a> {
    fn next(&mut self) -> Option<&'a str> {
        let word = self.words.get(self.at).copied();
        self.at += 1;
        word
    }

    fn eat(&mut self, word: &str) -> bool {
        let there = self.words.get(self.at) == Some(&word);
        self.at += usize::from(there);
        there
    }

    fn any(&mut self) -> Option<bool> {
        let mut one = self.all()?;
        while self.eat("OR") {
            one |= self.all()?;
        }
        Some(one)
    }

    fn all(&mut self) -> Option<bool> {
        let mut every = self.one()?;
        while self.eat("AND") {
            every &= self.one()?;
        }
        Some(every)
    }

    fn one(&mut self) -> Option<bool> {
        if self.eat("(") {
            let inner = self.any()?;
            return self.eat(")").then_some(inner);
        }
        let mut name = self.next().filter(|word| ![")", "AND", "OR", "WITH"].contains(word))?.to_owned();
        if self.eat("WITH") {
            name = format!("{name} WITH {}", self.next()?);
        }
        Some(self.licences.contains(&name))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn alternatives_need_one_and_sums_need_all() {
        let licences = ["MIT", "ISC", "Apache-2.0 WITH LLVM-exception"].map(str::to_owned);
        for fine in [
            "MIT",
            "GPL-3.0-only OR MIT",
            "MIT/Apache-2.0",
            "ISC AND (GPL-3.0-only OR MIT)",
            "Apache-2.0 WITH LLVM-exception",
        ] {
            assert!(allowed(fine, &licences), "{fine}");
        }
        for refused in [
            "",
            "GPL-3.0-only",
            "MIT AND GPL-3.0-only",
            "Apache-2.0",
            "MIT OR",
            "(MIT",
            "MIT)",
            "MIT ISC",
            "AND MIT",
            "ISC AND MIT AND GPL-3.0-only",
        ] {
            assert!(!allowed(refused, &licences), "{refused}");
        }
    }
}
