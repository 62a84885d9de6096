//! Tokens are compared with subtle, MACs with `verify_slice`: a plain comparison would leak where
//! they differ. (What v2 compares is public.)

use std::{fs, path::Path};

use anyhow::bail;
use syn::{BinOp, Expr, ItemMod, Member, ext::IdentExt, spanned::Spanned, visit::Visit};

use crate::tree;

/// Calls that compare in constant time. A file below `src` that makes one handles secrets.
const COMPARISONS: [&str; 2] = ["ct_eq", "verify_slice"];
/// Names that a secret value has in those files.
const SECRETS: [&str; 6] = ["value", "received", "mac", "secret", "token", "tag"];

/// Checks all files below `src` of the library.
///
/// # Errors
///
/// A secret is compared with an operator, or one of the calls is made nowhere.
pub(super) fn check(root: &Path) -> anyhow::Result<()> {
    let mut plain = Vec::new();
    let mut made: Vec<&str> = Vec::new();
    for file in tree::files(&root.join("src"), "rs")? {
        let text = fs::read_to_string(root.join("src").join(&file))?;
        let found = read(&text)?;
        if !found.calls.is_empty() {
            let place = |line: &usize| format!("src/{}:{line}", file.display());
            plain.extend(found.plain.iter().map(place));
        }
        made.extend(found.calls);
    }
    for call in COMPARISONS {
        if !made.contains(&call) {
            bail!("nothing below src calls {call}");
        }
    }
    if !plain.is_empty() {
        bail!("a secret is compared with == or !=: {}", plain.join(", "));
    }
    Ok(())
}

#[derive(Default)]
struct Found {
    calls: Vec<&'static str>,
    /// Lines in which a secret is compared with an operator.
    plain: Vec<usize>,
}

fn read(text: &str) -> syn::Result<Found> {
    let mut found = Found::default();
    found.visit_file(&syn::parse_file(text)?);
    Ok(found)
}

impl<'ast> Visit<'ast> for Found {
    fn visit_item_mod(&mut self, item: &'ast ItemMod) {
        if item.ident != "tests" {
            syn::visit::visit_item_mod(self, item);
        }
    }

    fn visit_expr_method_call(&mut self, call: &'ast syn::ExprMethodCall) {
        self.calls.extend(COMPARISONS.iter().filter(|name| call.method == **name));
        syn::visit::visit_expr_method_call(self, call);
    }

    fn visit_expr_binary(&mut self, binary: &'ast syn::ExprBinary) {
        let compares = matches!(binary.op, BinOp::Eq(_) | BinOp::Ne(_));
        if compares && (is_secret(&binary.left) || is_secret(&binary.right)) {
            self.plain.push(binary.span().start().line);
        }
        syn::visit::visit_expr_binary(self, binary);
    }
}

#[expect(clippy::wildcard_enum_match_arm, reason = "the expressions are syn's")]
fn is_secret(expression: &Expr) -> bool {
    let name = match expression {
        Expr::Path(path) => path.path.segments.last().map(|last| last.ident.unraw().to_string()),
        Expr::Field(field) => match &field.member {
            Member::Named(name) => Some(name.unraw().to_string()),
            Member::Unnamed(_) => None,
        },
        Expr::Reference(inner) => return is_secret(&inner.expr),
        Expr::Unary(inner) => return is_secret(&inner.expr),
        Expr::Paren(inner) => return is_secret(&inner.expr),
        Expr::Index(inner) => return is_secret(&inner.expr),
        // `mac.as_slice()` is the secret too; `mac.len()` is not.
        Expr::MethodCall(call) => {
            let method = call.method.to_string();
            return method.starts_with("as_") && is_secret(&call.receiver);
        }
        _ => None,
    };
    name.is_some_and(|name| SECRETS.contains(&name.as_str()))
}

#[cfg(test)]
mod tests {
    use super::read;

    #[test]
    fn plain_comparisons_are_found() {
        for (code, plain) in [
            ("a.ct_eq(received)", 0),
            ("received == a", 1),
            ("a != &self.value", 1),
            ("mac.as_bytes() == a", 1),
            ("mac[..] == *a", 1),
            ("mac.len() == 20", 0),
            ("index == 1", 0),
        ] {
            let found = read(&format!("fn f() -> bool {{ {code} }}")).unwrap();
            assert_eq!(found.plain.len(), plain, "{code}");
        }
        let tests = read("mod tests { fn f() { token == x; } }").unwrap();
        assert_eq!(tests.plain, [0; 0]);
    }
}
