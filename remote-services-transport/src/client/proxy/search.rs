use super::{ProxyMemory, Route};
use crate::client::ClientError;
use std::collections::VecDeque;
use std::sync::Arc;

/// The search for a way to the server: the one that worked last on this network is tried before its turn, all others in
/// theirs.
///
/// That memory saves time and makes no failure last. A way that fails is forgotten. One that says no ends the search; if it
/// does so before its turn, then those that are named before it are tried first.
pub(in crate::client) struct Search {
    memory: Arc<ProxyMemory>,
    network: String,
    way: Route,
    /// `way` is tried before its turn, which comes after so many others and the next.
    early: Option<usize>,
    /// What comes next: ways, and in the turn of one that was tried before what came of it.
    left: VecDeque<Result<Route, ClientError>>,
}

/// The way that a connection went, and on which network.
#[derive(Clone, Debug)]
pub(in crate::client) struct Taken {
    pub(super) network: String,
    pub(super) route: String,
}

impl Search {
    /// Among these ways, best first; nothing when there are none.
    pub(in crate::client) fn new(
        ways: Vec<Route>,
        network: String,
        memory: Arc<ProxyMemory>,
    ) -> Option<Self> {
        let last = memory.route(&network);
        let at = ways.iter().position(|way| Some(way.name()) == last).unwrap_or(0);
        let mut left: VecDeque<_> = ways.into_iter().map(Ok).collect();
        let way = left.remove(at)?.ok()?;
        Some(Self { memory, network, way, early: at.checked_sub(1), left })
    }

    /// The way to try now.
    pub(in crate::client) fn way(&self) -> &Route {
        &self.way
    }

    /// It leads to the server.
    pub(in crate::client) fn found(self) -> Taken {
        let taken = Taken { network: self.network, route: self.way.name() };
        self.memory.keep_route(&taken);
        taken
    }

    /// It does not: on to the next.
    ///
    /// # Errors
    /// Why there is no way to the server, if that is certain now.
    pub(in crate::client) fn failed(&mut self, error: ClientError) -> Result<(), ClientError> {
        self.memory.forget_route(&Taken { network: self.network.clone(), route: self.way.name() });
        let says_no = !error.is_of_the_way();
        let Some(next) = self.left.pop_front() else { return Err(error) };
        match self.early.take() {
            Some(turn) if says_no => self.left.insert(turn, Err(error)),
            None if says_no => return Err(error),
            _ => {}
        }
        self.way = next?;
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::super::pac_routes;
    use super::*;

    fn search(memory: &Arc<ProxyMemory>) -> Search {
        let ways = pac_routes("PROXY a:1; PROXY b:1; PROXY c:1; DIRECT", None).unwrap();
        Search::new(ways, "office".to_owned(), Arc::clone(memory)).unwrap()
    }

    fn memory(last: Option<&str>) -> Arc<ProxyMemory> {
        let memory = Arc::new(ProxyMemory::default());
        if let Some(last) = last {
            memory.keep_route(&Taken { network: "office".to_owned(), route: last.to_owned() });
        }
        memory
    }

    fn gone(at: &str) -> ClientError {
        ClientError::Refused { peer: at.to_owned() }
    }

    fn no(at: &str) -> ClientError {
        ClientError::ProxyRefused { proxy: at.to_owned(), server: "server:443".to_owned(), status: 403 }
    }

    /// The ways that are tried when those of `nos` say no and all others are gone, and the error at the end.
    fn tried(memory: &Arc<ProxyMemory>, nos: &[&str]) -> (Vec<String>, String) {
        let (mut search, mut tried) = (search(memory), Vec::new());
        loop {
            let name = search.way().name();
            tried.push(name.clone());
            let error = if nos.contains(&&*name) { no(&name) } else { gone(&name) };
            if let Err(error) = search.failed(error) {
                return (tried, error.to_string());
            }
        }
    }

    #[test]
    fn the_way_that_worked_last_is_tried_first_and_the_others_in_their_order() {
        for (last, order) in [
            (None, ["a:1", "b:1", "c:1", "direct"]),
            (Some("a:1"), ["a:1", "b:1", "c:1", "direct"]),
            (Some("c:1"), ["c:1", "a:1", "b:1", "direct"]),
            (Some("direct"), ["direct", "a:1", "b:1", "c:1"]),
            (Some("named no more:1"), ["a:1", "b:1", "c:1", "direct"]),
        ] {
            let (tried, error) = tried(&memory(last), &[]);
            assert_eq!(tried, order, "{last:?}");
            assert_eq!(error, gone(order[3]).to_string(), "{last:?}");
        }
    }

    #[test]
    fn who_says_no_before_its_turn_ends_the_search_in_its_turn() {
        for (last, nos, order) in [
            (None, vec!["b:1"], vec!["a:1", "b:1"]),
            (Some("b:1"), vec!["b:1"], vec!["b:1", "a:1"]),
            (Some("c:1"), vec!["c:1"], vec!["c:1", "a:1", "b:1"]),
            (Some("direct"), vec!["direct"], vec!["direct", "a:1", "b:1", "c:1"]),
            (Some("a:1"), vec!["a:1"], vec!["a:1"]),
        ] {
            let (tried, error) = tried(&memory(last), &nos);
            assert_eq!(tried, order, "{last:?}");
            assert_eq!(error, no(nos[0]).to_string(), "{last:?}");
        }
        let (tried, error) = tried(&memory(Some("c:1")), &["a:1", "c:1"]);
        assert_eq!((tried, error), (vec!["c:1".to_owned(), "a:1".to_owned()], no("a:1").to_string()));
    }

    #[test]
    fn a_way_that_fails_is_forgotten_and_another_that_works_is_remembered() {
        for error in [no("b:1"), gone("b:1")] {
            let memory = memory(Some("b:1"));
            let mut search = search(&memory);
            search.failed(error).unwrap();
            assert_eq!(memory.route("office"), None);
            assert_eq!(search.way().name(), "a:1");
            search.found();
            assert_eq!(memory.route("office").as_deref(), Some("a:1"));
        }
        // What another connection found meanwhile stays.
        let memory = memory(None);
        let (mut early, late) = (search(&memory), search(&memory));
        late.found();
        early.failed(gone("a:1")).unwrap();
        assert_eq!(memory.route("office"), None, "the same way");
        search(&memory).found();
        early.failed(gone("b:1")).unwrap();
        assert_eq!(memory.route("office").as_deref(), Some("a:1"), "another way");
    }

    #[test]
    fn among_no_ways_there_is_none() {
        assert!(Search::new(Vec::new(), "office".to_owned(), memory(Some("a:1"))).is_none());
    }
}
