//! Access to the service inside a service.

/// Defines `get_ref`, `get_mut` and `into_inner` of services with a field `inner`.
macro_rules! inner_service {
    ($($service:ident),+) => {$(
        impl<S> $service<S> {
            /// Returns the inner service.
            pub fn get_ref(&self) -> &S {
                &self.inner
            }

            /// Returns the inner service.
            pub fn get_mut(&mut self) -> &mut S {
                &mut self.inner
            }

            /// Returns the inner service alone.
            pub fn into_inner(self) -> S {
                self.inner
            }
        }
    )+};
}

pub(crate) use inner_service;
