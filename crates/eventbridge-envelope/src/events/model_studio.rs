//! Model Studio (DashScope).

use super::{data::event_data, scalar::Scalar};

event_data! {
    /// Says that a task of Model Studio ended: `dashscope:System:AsyncTaskFinish`. The `source` is
    /// `acs.dashscope`.
    ///
    /// The only sample is that of the help of Model Studio (2023), so no field is required. The
    /// result of the task is not in the event: ask for it by the id.
    pub struct DashScopeTaskFinished;
    optional {
        /// The id of the task.
        task_id: String, "the help page";
        /// How it ended: `SUCCEEDED`.
        task_status: String, "the help page";
        /// The id of the request that began it.
        request_id: String, "the help page";
        /// The API and the model: `apikey:v1:audio:asr:…`.
        user_api_unique_key: String, "the help page";
        /// The number of the API key, which is not the key.
        api_key_id: Scalar, "the help page, text";
        /// The region: `cn-beijing`.
        region: String, "the help page";
        /// Whether the event has the result. No field for a result is published.
        contain_result: bool, "the help page";
        /// When it began, without a zone: `2023-10-25 09:45:09`. In the sample it is the time of
        /// China, eight hours ahead of UTC.
        start_time: String, "the help page";
        /// When it ended, likewise.
        end_time: String, "the help page";
    }

    /// Holds a turn of a dialogue: `multimodal:Dialogue:ChatLogPush`. The `source` is
    /// `acs.multimodal`.
    ///
    /// The only sample is that of the help of Model Studio (2025), so no field is required.
    #[serde(rename_all = "camelCase")]
    pub struct DialogueLog;
    optional {
        /// What was asked: JSON in text.
        input: String, "the help page";
        /// What was answered: JSON in text.
        output: String, "the help page";
        /// The id of the request. In the sample it is also the `id` of the event.
        request_id: String, "the help page";
        /// The id of the dialogue.
        session_id: String, "the help page";
        /// The code of an error. Empty on success.
        code: String, "the help page";
        /// The error in words. Empty on success.
        message: String, "the help page";
    }
}
