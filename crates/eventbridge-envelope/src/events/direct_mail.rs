//! Direct Mail.

use super::{data::event_data, scalar::Scalar};

event_data! {
    /// Says what became of a mail: a `type` that begins with `dm:Deliver:`, such as
    /// `dm:Deliver:Fail`. The `source` is `acs:dm` on one help page and `acs.dm` on another.
    ///
    /// "The help page" is that of EventBridge in its versions of 2024 and 2025, which count as one
    /// sample. So no field is required. `dm:Deliver:Succeed` is known from test payloads of two
    /// public consumers only.
    pub struct DirectMailDelivery;
    optional {
        /// The headers of the notification.
        header: DirectMailHeader, "the help page and two consumers";
        /// The recipient.
        rcpt: String, "the help page and two consumers";
        /// The id of the mail.
        msg_id: String, "the help page and two consumers";
        /// How it went: 0 is delivered, and 2 failed. Live payloads with a number are reported.
        status: Scalar, "the help page and two consumers, text";
        /// The id of the sending, as the API returned it.
        env_id: String, "the help page and a consumer";
        /// The sending account.
        account: String, "the help page";
        /// The sender.
        from: String, "the help page and a consumer";
        /// When it was sent: `2024-04-29T11:07:04`, with `+08:00` in 2024 and without a zone in
        /// 2025.
        send_time: String, "the help page";
        /// When it was delivered, likewise.
        deliver_time: String, "the help page and a consumer";
        /// The code of the recipient's server: 554. Live payloads with a number are reported.
        err_code: Scalar, "the help page and a consumer, text";
        /// What the recipient's server said.
        err_msg: String, "the help page and a consumer";
        /// The kind of failure: `SmtpNxBox`. `SendOk` on success.
        failed_type: String, "the help page and a consumer";
        /// The `type` of the event.
        event: String, "the help page and a consumer";
        /// The region.
        region: String, "the help page";
        /// The sending channel.
        channel_name: String, "the help page of 2025";
        /// The address that the mail was sent from.
        outbound_ip: String, "the help page of 2025";
        /// The recipient's mail service.
        esp: String, "the help page of 2025";
        /// The id of the pool of addresses.
        ip_pool_id: String, "the help page of 2025";
        /// Whether the address is the sender's alone.
        is_dedicated_ip: bool, "the help page of 2025";
        /// The tag of the mail.
        tag: String, "the help page of 2025 and a consumer";
    }

    /// Holds the headers of a [`DirectMailDelivery`].
    pub struct DirectMailHeader;
    optional {
        /// The id of the notification.
        #[serde(rename = "X-Notify-Message-ID")]
        notify_message_id: String, "the help page and two consumers";
    }
}
