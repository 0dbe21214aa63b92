// SPDX-License-Identifier: Apache-2.0

//! Futures on tokio doing the tasks of `exocast-bench gather`: each yields once, then ends with its number or an error.
//!
//!     tokio-gather SECONDS
//!
//! measures each case for SECONDS and prints JSON lines {kind, name, n, value}: CPU time of the process in ns for each
//! task, medians of rounds. On tokio's single-threaded runtime, the fastest for this.

use std::future::Future;
use std::time::{Duration, Instant};

use futures::stream::{self, FuturesUnordered, StreamExt};
use tokio::runtime::Runtime;
use tokio::task::JoinSet;
use tokio::time::timeout;

const LIMIT: usize = 64;
const DEADLINE: Duration = Duration::from_secs(10);

type TaskResult = Result<usize, std::io::ErrorKind>;

async fn work(index: usize) -> TaskResult {
    tokio::task::yield_now().await;
    if index & 63 == 63 {
        Err(std::io::ErrorKind::ConnectionRefused)
    } else {
        Ok(index)
    }
}

fn check(results: &[TaskResult]) {
    let failed = results.iter().filter(|result| result.is_err()).count();
    assert_eq!(failed, results.len() / 64);
}

/// The usual way: a limit, a deadline for all, every result kept.
async fn buffered(n: usize) {
    let all = async {
        let mut results: Vec<TaskResult> = vec![Ok(0); n];
        let numbered = (0..n).map(|index| async move { (index, work(index).await) });
        let mut ended = stream::iter(numbered).buffer_unordered(LIMIT);
        while let Some((index, result)) = ended.next().await {
            results[index] = result;
        }
        check(&results);
    };
    timeout(DEADLINE, all).await.expect("in time");
}

/// A task of the runtime for each, without a limit.
async fn join_set(n: usize) {
    let all = async {
        let mut results: Vec<TaskResult> = vec![Ok(0); n];
        let mut tasks = JoinSet::new();
        for index in 0..n {
            tasks.spawn(async move { (index, work(index).await) });
        }
        while let Some(ended) = tasks.join_next().await {
            let (index, result) = ended.expect("no panic");
            results[index] = result;
        }
        check(&results);
    };
    timeout(DEADLINE, all).await.expect("in time");
}

async fn unordered(n: usize) {
    let mut results: Vec<TaskResult> = vec![Ok(0); n];
    let mut ended: FuturesUnordered<_> = (0..n).map(|index| async move { (index, work(index).await) }).collect();
    while let Some((index, result)) = ended.next().await {
        results[index] = result;
    }
    check(&results);
}

/// From aborting `n` tasks that wait until all are known to be cancelled; in ns.
async fn aborted(n: usize) -> f64 {
    let mut tasks = JoinSet::new();
    for _ in 0..n {
        tasks.spawn(std::future::pending::<()>());
    }
    tokio::task::yield_now().await;
    tokio::task::yield_now().await;
    let before = cpu_ns();
    tasks.abort_all();
    let mut cancelled = 0;
    while let Some(ended) = tasks.join_next().await {
        assert!(ended.unwrap_err().is_cancelled());
        cancelled += 1;
    }
    assert_eq!(cancelled, n);
    cpu_ns() - before
}

fn cpu_ns() -> f64 {
    let mut now = libc::timespec { tv_sec: 0, tv_nsec: 0 };
    // SAFETY: `now` is a valid timespec to write to.
    unsafe { libc::clock_gettime(libc::CLOCK_PROCESS_CPUTIME_ID, &mut now) };
    now.tv_sec as f64 * 1e9 + now.tv_nsec as f64
}

async fn timed(run: impl Future<Output = ()>) -> f64 {
    let before = cpu_ns();
    run.await;
    cpu_ns() - before
}

fn measure(kind: &str, name: &str, n: usize, budget: Duration, mut round: impl FnMut() -> f64) {
    round();
    let mut rounds = Vec::new();
    let start = Instant::now();
    while rounds.len() < 5 || start.elapsed() < budget {
        rounds.push(round() / n as f64);
    }
    rounds.sort_by(f64::total_cmp);
    let value = rounds[rounds.len() / 2];
    println!(r#"{{"kind": "{kind}", "name": "{name}", "n": {n}, "value": {value:.1}}}"#);
}

fn main() {
    let seconds = std::env::args().nth(1).map_or(0.5, |text| text.parse().expect("SECONDS is a number"));
    let budget = Duration::from_secs_f64(seconds);
    let runtime: Runtime = tokio::runtime::Builder::new_current_thread().enable_time().build().expect("a runtime");
    for n in [1000, 100_000] {
        measure("gather", "tokio buffer_unordered(64) + timeout", n, budget, || runtime.block_on(timed(buffered(n))));
        measure("gather", "tokio FuturesUnordered", n, budget, || runtime.block_on(timed(unordered(n))));
        measure("gather", "tokio JoinSet + timeout", n, budget, || runtime.block_on(timed(join_set(n))));
        measure("cancel", "tokio JoinSet aborted", n, budget, || runtime.block_on(aborted(n)));
    }
}
