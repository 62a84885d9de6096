//! Container Registry, and video conferences.

use super::{data::event_data, scalar::Scalar};

event_data! {
    /// Says that an image was built: `cr:Artifact:BuildCompleted`. The `source` is `acs.cr`.
    ///
    /// The only sample is that of the EventBridge help, "Container Registry events" (2024), so no
    /// field is required.
    #[serde(rename_all = "PascalCase")]
    pub struct ContainerBuild;
    optional {
        /// The id of the registry: `cri-…`.
        instance_id: String, "the help page";
        /// The name of the registry.
        instance_name: String, "the help page";
        /// The namespace of the repository.
        repo_namespace_name: String, "the help page";
        /// The name of the repository.
        repo_name: String, "the help page";
        /// The id of the repository: `crr-…`.
        repo_id: String, "the help page";
        /// What began the build: `AUTO_BUILD`.
        repo_build_type: String, "the help page";
        /// How it went: `SUCCESS`.
        build_status: String, "the help page";
        /// When the image changed, without a zone: `2021-11-15 20:49:40`.
        image_update: String, "the help page";
        /// The region.
        region_id: String, "the help page";
        /// The tag of the image.
        tag: String, "the help page";
    }

    /// Says that somebody did something in a video conference:
    /// `aliyuncvc:MeetingEvent:MemberOperate`. The `source` is `acs:aliyuncvc`.
    ///
    /// The only sample is that of the EventBridge help, "event overview", so no field is required.
    #[serde(rename_all = "camelCase")]
    pub struct MeetingOperation;
    optional {
        /// The name of the meeting.
        meeting_name: String, "the help page";
        /// The id of the meeting.
        #[serde(rename = "meetingUUID")]
        meeting_uuid: String, "the help page";
        /// The id of the group.
        group_id: String, "the help page";
        /// The id of the user.
        user_id: String, "the help page";
        /// What was done: `camera_off`.
        action: String, "the help page";
        /// When it was done, in milliseconds since 1970.
        time: Scalar, "the help page, a number";
    }
}
