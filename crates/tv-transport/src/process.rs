//! The memory and processor time of this process, with the feature `process`.

use std::time::Duration;

/// The resources that this process uses, all its connections and the rest of the program together.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[cfg_attr(feature = "serde", derive(serde::Serialize, serde::Deserialize))]
#[non_exhaustive]
pub struct ProcessUsage {
    /// Its resident memory, in bytes.
    pub memory_bytes: u64,
    /// The processor time that it has used since it was started, over all threads.
    #[cfg_attr(feature = "serde", serde(with = "crate::seconds"))]
    pub cpu_time: Duration,
}

impl ProcessUsage {
    /// Asks the operating system. `None` without the feature `process`, on systems other than
    /// Linux, or if `/proc` cannot be read.
    ///
    /// Reads one file of `/proc`, which takes some 0.05 ms.
    #[must_use]
    pub fn now() -> Option<Self> {
        now()
    }
}

#[cfg(all(feature = "process", target_os = "linux"))]
fn now() -> Option<ProcessUsage> {
    let stat = procfs::process::Process::myself().ok()?.stat().ok()?;
    let ticks = stat.utime.saturating_add(stat.stime);
    // A tick is 10 ms nearly everywhere.
    let tick =
        Duration::from_secs(1).checked_div(u32::try_from(procfs::ticks_per_second()).ok()?)?;
    Some(ProcessUsage {
        memory_bytes: stat.rss.saturating_mul(procfs::page_size()),
        cpu_time: tick.saturating_mul(u32::try_from(ticks).unwrap_or(u32::MAX)),
    })
}

#[cfg(not(all(feature = "process", target_os = "linux")))]
fn now() -> Option<ProcessUsage> {
    None
}

#[cfg(all(test, feature = "process", target_os = "linux"))]
mod tests {
    use super::*;

    #[test]
    fn work_and_memory_of_this_process_show() {
        let before = ProcessUsage::now().unwrap();
        assert!(before.memory_bytes > 100_000);
        // Until the clock of the system, which counts in hundredths of a second, has moved twice.
        let mut memory = Vec::new();
        let mut after = before;
        while after.cpu_time < before.cpu_time + Duration::from_millis(20) {
            memory.extend(std::iter::repeat_n(1_u8, 1 << 20));
            after = ProcessUsage::now().unwrap();
        }
        assert!(memory.len() >= 1 << 20);
    }
}
