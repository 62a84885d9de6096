//! Exchanges and queues of RabbitMQ.

use serde::Serialize;

use crate::{
    connections::NetworkType,
    field::{self, Checked, InvalidField},
    secret::{Secret, exposed},
    sinks::Transformed,
};

/// Says how events become messages: `SinkRabbitMQMetaParameters`, and with messages
/// `SinkRabbitMQMsgSyncParameters`, of an event stream. The password is not in `Debug`.
#[derive(Clone, Debug, Serialize)]
#[serde(rename_all = "PascalCase")]
#[non_exhaustive]
pub struct SinkRabbitMqParameters {
    /// The kind of instance. Its values are not documented.
    pub instance_type: String,
    /// The instance: `amqp-cn-…`.
    pub instance_id: String,
    /// The host of the instance.
    pub endpoint: String,
    /// The virtual host, `/` for example.
    pub virtual_host_name: String,
    /// The user name.
    pub username: String,
    /// The password.
    #[serde(serialize_with = "exposed")]
    pub password: Secret,
    /// The internet or a VPC.
    pub network_type: NetworkType,
    /// The VPC, for a private network.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub vpc_id: Option<String>,
    /// The vSwitches, as one text, for a private network.
    #[serde(rename = "VSwitchIds", skip_serializing_if = "Option::is_none")]
    pub vswitch_ids: Option<String>,
    /// The security group, for a private network.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub security_group_id: Option<String>,
    /// The exchange.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub exchange: Option<Transformed>,
    /// The routing key.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub routing_key: Option<Transformed>,
    /// The id of the message.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub message_id: Option<Transformed>,
    /// The properties of the message.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub properties: Option<Transformed>,
    /// The body of the message.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub body: Option<Transformed>,
}

impl SinkRabbitMqParameters {
    /// Returns the parameters for the virtual host `/` over the internet.
    #[must_use]
    pub fn new(
        instance_type: impl Into<String>,
        instance_id: impl Into<String>,
        endpoint: impl Into<String>,
        username: impl Into<String>,
        password: impl Into<Secret>,
    ) -> Self {
        Self {
            instance_type: instance_type.into(),
            instance_id: instance_id.into(),
            endpoint: endpoint.into(),
            virtual_host_name: "/".to_owned(),
            username: username.into(),
            password: password.into(),
            network_type: NetworkType::Public,
            vpc_id: None,
            vswitch_ids: None,
            security_group_id: None,
            exchange: None,
            routing_key: None,
            message_id: None,
            properties: None,
            body: None,
        }
    }

    /// Sets the virtual host. Default: `/`.
    #[must_use]
    pub fn virtual_host(mut self, name: impl Into<String>) -> Self {
        self.virtual_host_name = name.into();
        self
    }

    /// Sets a VPC. Default: the internet.
    #[must_use]
    pub fn private_network(
        mut self,
        vpc_id: impl Into<String>,
        vswitch_ids: impl Into<String>,
        security_group_id: impl Into<String>,
    ) -> Self {
        self.network_type = NetworkType::Private;
        self.vpc_id = Some(vpc_id.into());
        self.vswitch_ids = Some(vswitch_ids.into());
        self.security_group_id = Some(security_group_id.into());
        self
    }

    /// Checks every parameter.
    ///
    /// # Errors
    ///
    /// Fails with the first field that the service would refuse.
    pub fn check(&self) -> Checked {
        field::required("InstanceType", &self.instance_type)?;
        field::required("InstanceId", &self.instance_id)?;
        field::required("Endpoint", &self.endpoint)?;
        if self.endpoint.contains("://") {
            return Err(InvalidField::rule("Endpoint", "has a scheme; it is a host name"));
        }
        field::required("VirtualHostName", &self.virtual_host_name)?;
        field::required("Username", &self.username)?;
        field::required("Password", self.password.expose())?;
        if self.network_type == NetworkType::Private {
            let needed = |name, value: &Option<String>| {
                field::required(name, value.as_deref().unwrap_or_default())
            };
            needed("VpcId", &self.vpc_id)?;
            needed("VSwitchIds", &self.vswitch_ids)?;
            needed("SecurityGroupId", &self.security_group_id)?;
        }
        let parts = [
            ("Exchange", &self.exchange),
            ("RoutingKey", &self.routing_key),
            ("MessageId", &self.message_id),
            ("Properties", &self.properties),
            ("Body", &self.body),
        ];
        parts
            .iter()
            .try_for_each(|(name, part)| part.as_ref().map_or(Ok(()), |part| part.check_as(name)))
    }
}

setters! { SinkRabbitMqParameters {
    /// Sets the exchange.
    exchange: Transformed,
    /// Sets the routing key.
    routing_key: Transformed,
    /// Sets the id of the message.
    message_id: Transformed,
    /// Sets the properties of the message.
    properties: Transformed,
    /// Sets the body of the message.
    body: Transformed,
}}
