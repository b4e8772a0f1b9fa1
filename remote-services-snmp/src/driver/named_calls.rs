//! The operations by name, for every driver that has a `call`.

/// Methods that ask and wait for the answer: `named_calls!([async] (&self) self .await)` within an `impl` of a driver
/// makes them for tasks, without the first and the last part for threads.
macro_rules! named_calls {
    ([$($asynchronous:tt)?] ($($receiver:tt)+) $driver:ident $(. $wait:tt)?) => {
        /// Reads these instances, as [`call`](Self::call) does [`Operation::Get`].
        ///
        /// # Errors
        ///
        /// As there.
        pub $($asynchronous)? fn get(
            $($receiver)+,
            peer: PeerId,
            names: &[$crate::Oid],
        ) -> Result<Vec<$crate::VarBind>, CallError> {
            $driver.call(peer, Operation::Get(names.to_vec())) $(. $wait)?
        }

        /// Writes all of these or none, as [`call`](Self::call) does [`Operation::Set`].
        ///
        /// # Errors
        ///
        /// As there.
        pub $($asynchronous)? fn set(
            $($receiver)+,
            peer: PeerId,
            values: Vec<$crate::VarBind>,
        ) -> Result<Vec<$crate::VarBind>, CallError> {
            $driver.call(peer, Operation::Set(values)) $(. $wait)?
        }

        /// Reads everything below `root`, by GETBULK where the peer copes with it, as [`call`](Self::call) does
        /// [`Operation::Walk`].
        ///
        /// # Errors
        ///
        /// As there.
        pub $($asynchronous)? fn walk(
            $($receiver)+,
            peer: PeerId,
            root: $crate::Oid,
        ) -> Result<Vec<$crate::VarBind>, CallError> {
            $driver.call(peer, Operation::Walk(root)) $(. $wait)?
        }

        /// Reads everything below `root` by GETBULK with so many repetitions, as [`call`](Self::call) does
        /// [`Operation::BulkWalk`].
        ///
        /// # Errors
        ///
        /// As there.
        pub $($asynchronous)? fn bulk_walk(
            $($receiver)+,
            peer: PeerId,
            root: $crate::Oid,
            max_repetitions: u16,
        ) -> Result<Vec<$crate::VarBind>, CallError> {
            $driver.call(peer, Operation::BulkWalk { root, max_repetitions }) $(. $wait)?
        }

        /// Reads several columns side by side, as [`call`](Self::call) does [`Operation::Table`].
        ///
        /// # Errors
        ///
        /// As there.
        pub $($asynchronous)? fn table(
            $($receiver)+,
            peer: PeerId,
            columns: &[$crate::Oid],
        ) -> Result<Vec<$crate::VarBind>, CallError> {
            $driver.call(peer, Operation::Table(columns.to_vec())) $(. $wait)?
        }
    };
}

pub(super) use named_calls;
