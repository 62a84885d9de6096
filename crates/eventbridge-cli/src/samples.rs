//! The sample events that the program carries: samples/README.md says where each comes from.

use std::{
    io::{self, IsTerminal},
    sync::LazyLock,
};

use tower_eventbridge::envelope::EventAttributes;

use crate::terminal;

/// An event as EventBridge delivers it.
pub struct Sample {
    /// The type of the event.
    pub name: &'static str,
    /// The event, one JSON object.
    pub json: &'static str,
    /// Says in a few words which event it is.
    about: &'static str,
    origin: Origin,
}

/// How a sample came to be, in the words of samples/README.md.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Origin {
    Capture,
    Doc,
    /// Nobody published type, data and envelope as one event.
    Composed,
}

/// Finds a sample by its name. `Err` lists the nearest names.
pub fn find(name: &str) -> Result<&'static Sample, Vec<&'static str>> {
    SAMPLES.iter().find(|sample| sample.name == name).ok_or_else(|| nearest(name))
}

/// The names that contain the text, or are written much like it; the nearest first.
fn nearest(text: &str) -> Vec<&'static str> {
    let text = text.to_ascii_lowercase();
    // Most know the end of a name: "PutObject".
    let end = |name: &str| name.rsplit(':').next().unwrap_or_default().to_owned();
    let ranked = SAMPLES.iter().filter_map(|sample| {
        let name = sample.name.to_ascii_lowercase();
        let whole = strsim::jaro_winkler(&name, &text);
        let ends = strsim::jaro_winkler(&end(&name), &end(&text));
        let contained = match name.find(&text) {
            Some(_) if text.is_empty() => 0.0,
            Some(0) => 2.0,
            Some(_) => 1.0,
            None => 0.0,
        };
        let like = contained > 0.0 || whole.max(ends) > LIKE;
        like.then_some((contained + whole + ends, sample.name))
    });
    let mut ranked: Vec<_> = ranked.collect();
    ranked.sort_by(|(left, _), (right, _)| right.total_cmp(left));
    ranked.into_iter().take(NEAREST).map(|(_, name)| name).collect()
}

/// Returns the table that `push --list` prints: name, source and a few words of each sample.
pub fn table() -> String {
    let rows = SAMPLES.iter().map(|sample| {
        let mark = match sample.origin {
            Origin::Composed => " (composed)",
            Origin::Capture | Origin::Doc => "",
        };
        let name = terminal::styled(terminal::HEADING, sample.name);
        vec![name, sample.source(), format!("{}{mark}", sample.about)]
    });
    let width = if io::stdout().is_terminal() { terminal::width() } else { WIDEST };
    let table = terminal::table(&rows.collect::<Vec<_>>(), width);
    table + "composed: type, data and envelope were published, but not as one event\n"
}

impl Sample {
    fn source(&self) -> String {
        let attributes = EventAttributes::from_slice(self.json.as_bytes());
        attributes.map(|attributes| attributes.source().to_owned()).unwrap_or_default()
    }
}

macro_rules! samples {
    ($($origin:ident $name:literal $file:literal $about:literal;)*) => {
        [$(Sample {
            name: $name,
            json: include_str!(concat!("../samples/", $file, ".json")),
            about: $about,
            origin: Origin::$origin,
        }),*]
    };
}

pub static SAMPLES: LazyLock<[Sample; 24]> = LazyLock::new(|| {
    samples! {
        Composed "oss:ObjectCreated:PutObject" "oss-object-created-put-object" "an object was put";
        Capture "oss:ObjectCreated:PostObject" "oss-object-created-post-object"
            "an object was posted by a form";
        Composed "ecs:Instance:StateChange" "ecs-instance-state-change" "an instance changed state";
        Composed "ecs:Instance:PreemptibleInstanceInterruption"
            "ecs-instance-preemptible-interruption" "a spot instance is taken back";
        Composed "ecs:Instance:SystemMaintenance.Reboot" "ecs-instance-system-maintenance-reboot"
            "an instance is rebooted";
        Composed "ecs:Disk:DiskOperationCompleted" "ecs-disk-operation-completed"
            "a disk was attached";
        Composed "ecs:Snapshot:CreateSnapshotCompleted" "ecs-snapshot-create-completed"
            "a snapshot is done";
        Composed "ecs:ActionTrail:ApiCall" "ecs-actiontrail-api-call" "ActionTrail: an API call";
        Doc "ebs:Disk:DiskIOHang" "ebs-disk-io-hang" "a disk hangs";
        Doc "ebs:Disk:DiskBPSExceedDiskMaxLimit" "ebs-disk-bps-exceed-disk-max-limit"
            "a disk is at its limit";
        Capture "mns:Queue:SendMessage" "mns-queue-send-message" "a message of an MNS queue";
        Doc "mq:Topic:SendMessage" "mq-topic-send-message" "a message of RocketMQ";
        Doc "amqp:Queue:SendMessage" "amqp-queue-send-message" "a message of RabbitMQ";
        Doc "alikafka:Topic:Message" "alikafka-topic-message" "a message of Kafka";
        Doc "dts:ConsumeMessage" "dts-consume-message" "a changed row of a database";
        Capture "sls:connector" "sls-connector" "a line of a log of SLS";
        Doc "dashscope:System:AsyncTaskFinish" "dashscope-system-async-task-finish"
            "DashScope: a task ended";
        Doc "multimodal:Dialogue:ChatLogPush" "multimodal-dialogue-chat-log-push"
            "a log of a dialogue";
        Doc "dm:Deliver:Fail" "dm-deliver-fail" "DirectMail: not delivered";
        Composed "dm:Deliver:Succeed" "dm-deliver-succeed" "DirectMail: delivered";
        Doc "cr:Artifact:BuildCompleted" "cr-artifact-build-completed" "an image was built";
        Doc "eventbridge:Events:HTTPEvent" "eventbridge-events-http-event"
            "a request to an HTTP source";
        Doc "eventbridge:Events:ApiGateway" "eventbridge-events-api-gateway"
            "a request to API Gateway";
        Doc "aliyuncvc:MeetingEvent:MemberOperate" "aliyuncvc-meeting-event-member-operate"
            "somebody joined a meeting";
    }
});

/// In one line each, where nobody looks at a terminal.
const WIDEST: usize = 140;
const NEAREST: usize = 3;
/// From 0 to 1, by Jaro and Winkler.
const LIKE: f64 = 0.75;

#[cfg(test)]
mod tests {
    use super::*;

    /// The table here and the one of samples/README.md say the same, and every file is carried.
    #[test]
    fn the_samples_are_those_of_the_readme() {
        let readme = include_str!("../samples/README.md");
        for sample in SAMPLES.iter() {
            let event = EventAttributes::from_slice(sample.json.as_bytes()).unwrap();
            assert_eq!(event.event_type(), sample.name);
            let row = format!("| `{}` |", sample.name);
            let row = readme.lines().find(|line| line.starts_with(&row)).expect(sample.name);
            let kind = format!("{:?}", sample.origin).to_ascii_lowercase();
            assert_eq!(row.split('|').nth(4).unwrap().trim(), kind, "{}", sample.name);
        }
        let files = std::fs::read_dir(concat!(env!("CARGO_MANIFEST_DIR"), "/samples")).unwrap();
        let files = files.map(|file| file.unwrap().file_name().into_string().unwrap());
        assert_eq!(files.filter(|name| name.ends_with(".json")).count(), SAMPLES.len());
    }

    #[test]
    fn an_unknown_name_has_near_ones() {
        for (name, expected) in [
            ("oss:ObjectCreated:PutObjet", "oss:ObjectCreated:PutObject"),
            ("PutObject", "oss:ObjectCreated:PutObject"),
            ("oss:PutObject", "oss:ObjectCreated:PutObject"),
            ("OSS:objectcreated:putobject", "oss:ObjectCreated:PutObject"),
            ("dm", "dm:Deliver:Fail"),
            ("kafka", "alikafka:Topic:Message"),
        ] {
            let near = find(name).err().unwrap();
            assert!(near.contains(&expected), "{name}: {near:?}");
        }
        assert!(find("zzzz").err().unwrap().is_empty());
        assert!(find("").err().unwrap().is_empty());
    }

    #[test]
    fn the_table_fits_a_terminal() {
        let table = table();
        assert_eq!(table.lines().count(), SAMPLES.len() + 1);
        assert!(table.lines().all(|line| console::measure_text_width(line) <= WIDEST), "{table}");
        assert_eq!(table.matches("(composed)").count(), 8, "{table}");
    }
}
