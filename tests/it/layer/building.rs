//! Mistakes found when the layer is built, and traits of its types.

use super::setup::*;
use bytes::Bytes;
use http::{Request, Response};
use http_body_util::Full;
use std::{convert::Infallible, time::Duration};
use tower::{Layer, Service, service_fn};
use tower_eventbridge::{
    ConfigError, Rejection,
    certificate::{CertificateCache, HttpsSource},
    verify::{RejectedRequest, ResponseBody, VerifiedBody, Verify},
};

#[test]
fn limits_that_cannot_work_are_found_when_built() {
    for (builder, named) in [
        (builder().max_body_in_flight(1024 * 1024 - 1), "max_body_in_flight"),
        (builder().body_timeout(Duration::MAX), "body_timeout"),
    ] {
        let error = builder.build().unwrap_err();
        let ConfigError::InvalidLimit { setting, .. } = error else { panic!("{error}") };
        assert_eq!(setting, named);
    }
    assert!(builder().max_body_in_flight(1024 * 1024).build().is_ok());
}

/// What users rely on without saying so.
#[test]
fn types_can_be_shared_sent_and_kept() {
    fn all<T: Clone + Send + Sync + std::fmt::Debug + 'static>(_: &T) {}
    fn sent<T: Send + 'static>(_: &T) {}
    let layer = builder().build().unwrap();
    all(&layer);
    let service = layer.layer(service_fn(|_: Request<VerifiedBody>| async {
        Ok::<_, Infallible>(Response::new(Full::<Bytes>::default()))
    }));
    fn cloned<T: Clone + Send + Sync + 'static>(_: &T) {}
    cloned(&service);
    let mut service: Verify<_> = service;
    sent(&service.call(push()));
    let shared = layer.clone();
    sent(&async move { shared.verify(push()).await.is_ok() });
    fn named<T: Send + Sync + 'static>() {}
    named::<VerifiedBody>();
    named::<ResponseBody<Full<Bytes>>>();
    named::<RejectedRequest>();
    named::<Rejection>();
    named::<CertificateCache>();
    named::<HttpsSource>();
    named::<ConfigError>();
}
