//! What can be wrong with a certificate and what it leads over, whoever shows it, in words.

/// What webpki found, in the middle of a sentence.
pub(crate) fn in_words(error: &webpki::Error) -> String {
    use webpki::Error as E;
    let said = match error {
        E::EndEntityUsedAsCa => "who issued it, or an authority on the way, is no authority (CA:FALSE)",
        E::PathLenConstraintViolated => {
            "there are more authorities on the way than one of them allows below itself (pathLenConstraint)"
        }
        E::UnsupportedCriticalExtension => {
            "it, or an authority's on the way, has a critical extension that this client does not know"
        }
        E::BadDer | E::BadDerTime | E::TrailingData(_) => "it, or an authority's on the way, cannot be read",
        E::UnsupportedCertVersion => "it, or an authority's on the way, is not of version 3",
        E::MaximumPathDepthExceeded => "there are too many authorities on the way",
        E::MaximumPathBuildCallsExceeded
        | E::MaximumSignatureChecksExceeded
        | E::MaximumNameConstraintComparisonsExceeded => {
            "what came with it leads to too many ways to an authority for all of them to be tried"
        }
        other => return format!("it, or an authority's on the way, is not as RFC 5280 demands ({other})"),
    };
    said.to_owned()
}
