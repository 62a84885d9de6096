//! What the system says of a process and of its children.

use std::{fs, process::Child};

/// A process that ends with this value.
pub struct Process(pub Child);

impl Process {
    /// The process and its children: nginx has workers.
    fn ids(&self) -> Vec<u32> {
        let parent = self.0.id();
        let processes = fs::read_dir("/proc").unwrap().filter_map(Result::ok);
        let ids = processes.filter_map(|entry| entry.file_name().to_str()?.parse().ok());
        let children = ids.filter(|id: &u32| {
            let stat = fs::read_to_string(format!("/proc/{id}/stat")).unwrap_or_default();
            field(&stat, 1).and_then(|id| id.parse().ok()) == Some(parent)
        });
        std::iter::once(parent).chain(children).collect()
    }

    /// CPU time so far, in seconds.
    pub fn cpu_seconds(&self) -> f64 {
        self.ids().into_iter().map(|id| cpu_seconds_of(&id.to_string())).sum()
    }

    /// The most memory that was resident.
    pub fn peak_mib(&self) -> f64 {
        let peaks = self.ids().into_iter().map(|id| {
            let status = fs::read_to_string(format!("/proc/{id}/status")).unwrap_or_default();
            let line = status.lines().find_map(|line| line.strip_prefix("VmHWM:"));
            let kib = line.unwrap_or("0").trim().trim_end_matches(" kB").to_owned();
            kib.parse::<f64>().unwrap()
        });
        peaks.sum::<f64>() / 1024.0
    }
}

/// CPU time of this process so far, in seconds.
pub fn own_cpu_seconds() -> f64 {
    cpu_seconds_of("self")
}

fn cpu_seconds_of(id: &str) -> f64 {
    let stat = fs::read_to_string(format!("/proc/{id}/stat")).unwrap_or_default();
    let ticks = [11, 12].map(|place| field(&stat, place).unwrap_or("0").parse::<f64>().unwrap());
    // Linux has 100 ticks in a second.
    ticks.iter().sum::<f64>() / 100.0
}

/// proc_pid_stat(5): a field, counted from the parenthesis that ends field 2.
fn field(stat: &str, place: usize) -> Option<&str> {
    stat.rsplit(')').next()?.split_whitespace().nth(place)
}

impl Drop for Process {
    fn drop(&mut self) {
        // SIGTERM: a killed master leaves its workers behind.
        let id = self.0.id().to_string();
        let _ = std::process::Command::new("kill").args(["-TERM", &id]).status();
        let _ = self.0.wait();
    }
}
