//! One Rust file: the modules in it, what each defines, imports and names.

use std::collections::BTreeSet;

use proc_macro2::{TokenStream, TokenTree};
use syn::{
    Attribute, Item, ItemMacro, ItemMod, ItemUse, Macro, Meta, UseTree, Visibility, ext::IdentExt,
    spanned::Spanned, visit::Visit,
};

/// A module as its text has it.
#[derive(Default)]
pub(super) struct ModuleText {
    /// Names of what the module defines, modules left out.
    pub(super) items: BTreeSet<String>,
    pub(super) imports: Vec<Import>,
    /// Paths outside of `use`.
    pub(super) paths: Vec<PathText>,
    /// In the order in which they are declared.
    pub(super) children: Vec<Child>,
}

/// A `mod` declaration.
pub(super) struct Child {
    pub(super) name: String,
    /// The body, if it is in this file.
    pub(super) inline: Option<ModuleText>,
    /// The value of its `#[path]`.
    pub(super) path: Option<String>,
    /// Has `#[cfg(test)]`.
    pub(super) test: bool,
    /// The conditions of its `#[cfg]` attributes.
    pub(super) conditions: Vec<Meta>,
    pub(super) line: usize,
}

/// A path and the line in which it begins.
#[derive(Clone, Debug)]
pub(super) struct PathText {
    pub(super) segments: Vec<String>,
    pub(super) line: usize,
}

/// One leaf of a `use` tree.
#[derive(Clone, Debug)]
pub(super) struct Import {
    pub(super) path: PathText,
    /// The name that it has here; `None` for `*`.
    pub(super) name: Option<String>,
    /// Visible outside of this module.
    pub(super) exported: bool,
}

/// Reads the text of a file.
pub(super) fn read(text: &str) -> syn::Result<ModuleText> {
    let file = syn::parse_file(text)?;
    let mut reader = Reader::default();
    for item in &file.items {
        reader.visit_item(item);
    }
    Ok(reader.module)
}

#[derive(Default)]
struct Reader {
    module: ModuleText,
}

impl Reader {
    fn add_import(&mut self, tree: &UseTree, before: &[String], exported: bool) {
        let mut segments = before.to_vec();
        let line = tree.span().start().line;
        match tree {
            UseTree::Path(path) => {
                segments.push(path.ident.unraw().to_string());
                self.add_import(&path.tree, &segments, exported);
            }
            UseTree::Group(group) => {
                for tree in &group.items {
                    self.add_import(tree, before, exported);
                }
            }
            UseTree::Glob(_) => {
                let path = PathText { segments, line };
                self.module.imports.push(Import { path, name: None, exported });
            }
            UseTree::Name(name) => self.add_leaf(segments, &name.ident, &name.ident, exported),
            UseTree::Rename(rename) => {
                self.add_leaf(segments, &rename.ident, &rename.rename, exported);
            }
        }
    }

    fn add_leaf(
        &mut self,
        mut segments: Vec<String>,
        ident: &syn::Ident,
        name: &syn::Ident,
        exported: bool,
    ) {
        let line = ident.span().start().line;
        let (ident, name) = (ident.unraw().to_string(), name.unraw().to_string());
        // `a::{self}` imports `a`.
        let of_itself = ident == "self" && !segments.is_empty();
        let name = if of_itself && name == "self" { segments.last().cloned() } else { Some(name) };
        if !of_itself {
            segments.push(ident);
        }
        self.module.imports.push(Import { path: PathText { segments, line }, name, exported });
    }

    /// Adds the paths in a macro's tokens, which are not parsed further.
    fn add_tokens(&mut self, tokens: TokenStream) {
        let tokens: Vec<TokenTree> = tokens.into_iter().collect();
        let is = |index: usize, wanted: char| match tokens.get(index) {
            Some(TokenTree::Punct(punct)) => punct.as_char() == wanted,
            _ => false,
        };
        let mut index = 0;
        while let Some(token) = tokens.get(index) {
            match token {
                TokenTree::Group(group) => self.add_tokens(group.stream()),
                // A field, a method, or a path that begins at another crate.
                TokenTree::Ident(_) if index > 0 && (is(index - 1, '.') || is(index - 1, ':')) => {}
                TokenTree::Ident(first) => {
                    let line = first.span().start().line;
                    let mut segments = vec![first.unraw().to_string()];
                    while is(index + 1, ':') && is(index + 2, ':') {
                        let Some(TokenTree::Ident(next)) = tokens.get(index + 3) else { break };
                        segments.push(next.unraw().to_string());
                        index += 3;
                    }
                    self.module.paths.push(PathText { segments, line });
                }
                TokenTree::Punct(_) | TokenTree::Literal(_) => {}
            }
            index += 1;
        }
    }
}

impl<'ast> Visit<'ast> for Reader {
    #[expect(clippy::wildcard_enum_match_arm, reason = "the items are syn's")]
    fn visit_item(&mut self, item: &'ast Item) {
        let name = match item {
            Item::Const(item) => Some(&item.ident),
            Item::Enum(item) => Some(&item.ident),
            Item::Fn(item) => Some(&item.sig.ident),
            Item::Macro(item) => item.ident.as_ref(),
            Item::Static(item) => Some(&item.ident),
            Item::Struct(item) => Some(&item.ident),
            Item::Trait(item) => Some(&item.ident),
            Item::TraitAlias(item) => Some(&item.ident),
            Item::Type(item) => Some(&item.ident),
            Item::Union(item) => Some(&item.ident),
            _ => None,
        };
        self.module.items.extend(name.map(|name| name.unraw().to_string()));
        syn::visit::visit_item(self, item);
    }

    fn visit_item_mod(&mut self, item: &'ast ItemMod) {
        let inline = item.content.as_ref().map(|(_, items)| {
            let mut reader = Self::default();
            for item in items {
                reader.visit_item(item);
            }
            reader.module
        });
        self.module.children.push(Child {
            name: item.ident.unraw().to_string(),
            inline,
            path: item.attrs.iter().find_map(path_attribute),
            test: item.attrs.iter().any(is_cfg_test),
            conditions: item.attrs.iter().filter_map(condition).collect(),
            line: item.ident.span().start().line,
        });
    }

    fn visit_item_use(&mut self, item: &'ast ItemUse) {
        if item.leading_colon.is_none() {
            let exported = !matches!(item.vis, Visibility::Inherited);
            self.add_import(&item.tree, &[], exported);
        }
    }

    fn visit_item_macro(&mut self, item: &'ast ItemMacro) {
        self.visit_macro(&item.mac);
    }

    fn visit_macro(&mut self, item: &'ast Macro) {
        self.visit_path(&item.path);
        self.add_tokens(item.tokens.clone());
    }

    fn visit_path(&mut self, path: &'ast syn::Path) {
        if path.leading_colon.is_none() {
            let segments = path.segments.iter().map(|part| part.ident.unraw().to_string());
            let line = path.span().start().line;
            self.module.paths.push(PathText { segments: segments.collect(), line });
        }
        syn::visit::visit_path(self, path);
    }

    // `pub(in path)` names an ancestor without using it.
    fn visit_visibility(&mut self, _: &'ast Visibility) {}
}

fn path_attribute(attribute: &Attribute) -> Option<String> {
    let Meta::NameValue(meta) = &attribute.meta else { return None };
    let syn::Expr::Lit(value) = &meta.value else { return None };
    let syn::Lit::Str(text) = &value.lit else { return None };
    meta.path.is_ident("path").then(|| text.value())
}

fn condition(attribute: &Attribute) -> Option<Meta> {
    attribute.path().is_ident("cfg").then(|| attribute.parse_args().ok()).flatten()
}

fn is_cfg_test(attribute: &Attribute) -> bool {
    attribute.path().is_ident("cfg")
        && attribute.parse_args::<syn::Ident>().is_ok_and(|name| name == "test")
}
