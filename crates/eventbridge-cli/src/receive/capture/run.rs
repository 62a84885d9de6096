//! A service in front of the verifier that writes captures, and one behind it that notes the proof.

use std::{
    convert::Infallible,
    sync::{Arc, OnceLock},
};

use http::{Request, Response};
use tower::{Service, ServiceExt};
use tower_eventbridge::{Authentic, Rejection, verify::VerifiedBody};

use super::CaptureDir;
use crate::receive::tee::{Keep, Tee};

/// The proof of a request, on the way back from behind the verifier.
#[derive(Clone, Default)]
struct Proof(Arc<OnceLock<Authentic>>);

/// Writes the push if it is one of those that are captured.
pub async fn capturing<S, B, R>(
    service: S,
    capture: Option<Arc<CaptureDir>>,
    request: Request<B>,
) -> Result<Response<R>, Infallible>
where
    S: Service<Request<Tee<B>>, Response = Response<R>, Error = Infallible>,
{
    let (mut head, body) = request.into_parts();
    let Some(capture) = capture.filter(|capture| capture.has_room()) else {
        return service.oneshot(Request::from_parts(head, Tee::new(body, None))).await;
    };
    let keep = Keep::new(capture.memory_for_body());
    let tee = Tee::new(body, Some(Arc::clone(&keep)));
    let proof = Proof::default();
    let captured = head.clone();
    if capture.captured.has_accepted() {
        head.extensions.insert(proof.clone());
    }
    let response = service.oneshot(Request::from_parts(head, tee)).await?;
    // What is read after the verdict is not kept.
    let body = keep.end();
    if let Some(rejection) = response.extensions().get::<Rejection>() {
        capture.write_rejected(rejection, &captured, body);
    } else if let Some(proof) = proof.0.get() {
        capture.write_accepted(proof, &captured, response.status());
    }
    Ok(response)
}

/// Notes the proof for [`capturing`], which is in front of the verifier.
pub async fn noting_proof<S, R>(
    service: S,
    request: Request<VerifiedBody>,
) -> Result<Response<R>, Infallible>
where
    S: Service<Request<VerifiedBody>, Response = Response<R>, Error = Infallible>,
{
    let extensions = request.extensions();
    if let (Some(noted), Some(proof)) = (extensions.get::<Proof>(), extensions.get::<Authentic>()) {
        // One request is verified once.
        let _ = noted.0.set(proof.clone());
    }
    service.oneshot(request).await
}
