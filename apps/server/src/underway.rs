//! Work that goes on when nobody waits for it any more.
//!
//! A handler's future is dropped when its connection is cut, at whichever await it stands. What is committed would then not be
//! told to memory: a command would be queued and never delivered, a certificate issued and not known. So whatever follows a
//! write (a change of the roster, a ring of the bell, a second write that belongs to the first) is one piece of work with it.
//! Bodies are read before, by the handler itself, which is to end with its connection.

use std::sync::Arc;
use tokio::sync::Semaphore;

use crate::store::StoreError;

/// The work under way, of all connections.
#[derive(Clone)]
pub(crate) struct Underway(Arc<Semaphore>);

impl Default for Underway {
    fn default() -> Self {
        Self(Arc::new(Semaphore::new(MOST as usize)))
    }
}

impl Underway {
    /// Carries `work` to its end, also when the caller is dropped; one dropped while it waits for room has begun nothing.
    /// Work must not carry through other work: with no room left, both would wait.
    pub(crate) async fn carry_through<T, E>(
        &self,
        work: impl Future<Output = Result<T, E>> + Send + 'static,
    ) -> Result<T, E>
    where
        T: Send + 'static,
        E: From<StoreError> + Send + 'static,
    {
        let room = Arc::clone(&self.0).acquire_owned().await.map_err(|_| StoreError::Closed)?;
        let task = tokio::spawn(async move {
            let result = work.await;
            drop(room);
            result
        });
        task.await.unwrap_or_else(|error| {
            tracing::error!(%error, "work ended before its time");
            Err(StoreError::Closed.into())
        })
    }

    /// Waits for all that was begun; nothing is begun from then on.
    pub(crate) async fn end(&self) {
        // Fails only when it has ended before.
        let _ = self.0.acquire_many(MOST).await;
        self.0.close();
    }
}

#[cfg(test)]
impl Underway {
    /// Waits for all that was begun so far.
    pub(crate) async fn rest(&self) {
        drop(self.0.acquire_many(MOST).await.unwrap());
    }
}

/// Cut connections make room for others while their work goes on, so the work needs a bound of its own.
const MOST: u32 = 1024;

#[cfg(test)]
mod tests {
    use super::*;
    use std::future::poll_fn;
    use std::pin::pin;
    use std::task::Poll;
    use tokio::sync::oneshot;

    /// Work that ends when it is told to, and says so.
    fn work() -> (oneshot::Sender<()>, oneshot::Receiver<()>, impl Future<Output = Result<(), StoreError>>) {
        let ((go, may_end), (done, ended)) = (oneshot::channel(), oneshot::channel());
        let work = async move {
            may_end.await.map_err(|_| StoreError::Closed)?;
            done.send(()).map_err(|()| StoreError::Closed)
        };
        (go, ended, work)
    }

    /// Polls once; whether it is ready.
    async fn is_ready(future: impl Future) -> bool {
        let mut future = pin!(future);
        poll_fn(|context| Poll::Ready(future.as_mut().poll(context).is_ready())).await
    }

    #[tokio::test]
    async fn work_goes_on_when_its_caller_is_dropped_and_the_end_waits_for_it() {
        let underway = Underway::default();
        let (go, ended, work) = work();
        assert!(!is_ready(underway.carry_through(work)).await);
        let mut end = pin!(underway.end());
        assert!(!is_ready(end.as_mut()).await);
        go.send(()).unwrap();
        ended.await.unwrap();
        end.await;
        let late = underway.carry_through(async { Ok::<_, StoreError>(()) }).await;
        assert!(matches!(late, Err(StoreError::Closed)));
    }

    #[tokio::test]
    async fn what_it_answers_is_handed_on_and_a_panic_is_a_failure_of_that_work_alone() {
        let underway = Underway::default();
        assert_eq!(underway.carry_through(async { Ok::<_, StoreError>(7) }).await.unwrap(), 7);
        let died = underway
            .carry_through(async { if true { panic!("on purpose") } else { Ok::<(), StoreError>(()) } });
        assert!(matches!(died.await, Err(StoreError::Closed)));
        assert_eq!(underway.carry_through(async { Ok::<_, StoreError>(8) }).await.unwrap(), 8);
        underway.end().await;
    }
}
