//! Cryptography as data: which algorithms there are and who carries them out.
