//! Elastic Compute Service (ECS).
//!
//! EventBridge publishes the types of these events and none as a whole. The fields are those of the
//! same notifications through CloudMonitor, so none is required.

use super::data::event_data;

event_data! {
    /// Says that an instance changed its state: `ecs:Instance:StateChange`. The `source` is
    /// `acs.ecs`.
    #[serde(rename_all = "camelCase")]
    pub struct EcsInstanceStateChange;
    optional {
        /// The id of the instance: `i-…`.
        resource_id: String, "CloudMonitor notification in the help of ECS; public consumers of \
             EventBridge events read it";
        /// The kind of resource: `ALIYUN::ECS::Instance`.
        resource_type: String, "CloudMonitor notification in the help of ECS";
        /// The new state: `Pending`, `Starting`, `Running`, `Stopping`, `Stopped` or `Deleted`.
        state: String, "CloudMonitor notification in the help of ECS; public consumers of \
             EventBridge events read it";
    }

    /// Says that a preemptible instance will be taken away:
    /// `ecs:Instance:PreemptibleInstanceInterruption`. The `source` is `acs.ecs`.
    #[serde(rename_all = "camelCase")]
    pub struct EcsPreemptibleInterruption;
    optional {
        /// The id of the instance: `i-…`.
        instance_id: String, "two CloudMonitor notifications; public consumers of EventBridge \
             events read it";
        /// What will be done: `delete`.
        action: String, "two CloudMonitor notifications; public consumers of EventBridge events \
             read it";
        /// The name of the instance.
        instance_name: String, "a CloudMonitor notification of 2023";
    }

    /// Describes planned maintenance of an instance: a `type` that begins with
    /// `ecs:Instance:SystemMaintenance`, such as `ecs:Instance:SystemMaintenance.Reboot`. The
    /// `source` is `acs.ecs`.
    #[serde(rename_all = "camelCase")]
    pub struct EcsSystemMaintenance;
    optional {
        /// The id of the maintenance: `e-…`. It stays the same while the status changes.
        event_id: String, "CloudMonitor notification in the help of ECS";
        /// When it was announced, in UTC: `2019-04-09T04:18:26Z`.
        publish_time: String, "CloudMonitor notification in the help of ECS";
        /// Before when it does not begin, in UTC.
        not_before: String, "CloudMonitor notification in the help of ECS";
        /// The id of the instance: `i-…`.
        instance_id: String, "CloudMonitor notification in the help of ECS";
        /// What is done: `SystemMaintenance.Reboot`.
        event_type: String, "CloudMonitor notification in the help of ECS";
        /// How far it is: `Scheduled`, `Executing`, `Executed`, `Canceled` or `Avoided`.
        event_status: String, "CloudMonitor notification in the help of ECS";
        /// When it began, in UTC.
        execute_start_time: String, "help of ECS, for later states; no sample";
        /// When it ended, in UTC.
        execute_finish_time: String, "help of ECS, for later states; no sample";
    }

    /// Says that a disk was attached or detached: `ecs:Disk:DiskOperationCompleted`. The `source`
    /// is `acs.ecs`.
    #[serde(rename_all = "camelCase")]
    pub struct EcsDiskOperation;
    optional {
        /// The id of the disk: `d-…`.
        disk_id: String, "CloudMonitor notification in the help of ECS";
        /// What was done: `AttachDisk` or `DetachDisk`.
        operation: String, "CloudMonitor notification in the help of ECS";
        /// How it went: `accomplished` or `failed`.
        result: String, "CloudMonitor notification in the help of ECS";
    }

    /// Says that a snapshot was created: `ecs:Snapshot:CreateSnapshotCompleted`. The `source` is
    /// `acs.ecs`.
    #[serde(rename_all = "camelCase")]
    pub struct EcsSnapshotCreated;
    optional {
        /// How it went: `accomplished` or `failed`.
        result: String, "three CloudMonitor notifications";
        /// The id of the snapshot: `s-…`.
        snapshot_id: String, "three CloudMonitor notifications";
        /// The name of the snapshot.
        snapshot_name: String, "three CloudMonitor notifications";
        /// Why it was made: `user`, `timer`, `copied` or `imported`.
        snapshot_type: String, "two of three CloudMonitor notifications, the newer ones";
        /// The id of the disk: `d-…`.
        disk_id: String, "three CloudMonitor notifications";
        /// When it began, in UTC: `2019-04-22T08:36:09Z`.
        start_time: String, "three CloudMonitor notifications";
        /// When it ended, in UTC.
        end_time: String, "three CloudMonitor notifications";
    }

    /// Says that a disk hangs: `ecs:Disk:Stalled`. The `source` is `acs.ecs`.
    #[serde(rename_all = "camelCase")]
    pub struct EcsDiskStalled;
    optional {
        /// The id of the incident: `e-…`.
        event_id: String, "CloudMonitor notification in the help of ECS";
        /// The id of the disk: `d-…`.
        disk_id: String, "CloudMonitor notification in the help of ECS";
        /// The device in the instance.
        device: String, "CloudMonitor notification in the help of ECS";
        /// The kind of incident.
        event_type: String, "CloudMonitor notification in the help of ECS";
        /// When it began.
        execute_start_time: String, "CloudMonitor notification in the help of ECS";
        /// When it ended, once it has.
        execute_finish_time: String, "CloudMonitor notification in the help of ECS";
        /// The id of the instance: `i-…`.
        ecs_instance_id: String, "CloudMonitor notification in the help of ECS";
        /// The name of the instance.
        ecs_instance_name: String, "CloudMonitor notification in the help of ECS";
    }

    /// Says that a burstable instance reached its limit:
    /// `ecs:Instance:BurstablePerformanceRestricted`. The `source` is `acs.ecs`.
    #[serde(rename_all = "camelCase")]
    pub struct EcsPerformanceRestricted;
    optional {
        /// The id of the instance: `i-…`.
        instance_id: String, "CloudMonitor notification in the help of ECS";
        /// When the interval began.
        interval_start: String, "CloudMonitor notification in the help of ECS";
        /// When the interval ended.
        interval_end: String, "CloudMonitor notification in the help of ECS";
    }
}
