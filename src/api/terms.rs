//! Owns the operations on terms documents.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};

use super::constraints::{LANGUAGE, LINK_URL, TERMS_ID, TERMS_NAME, check_length, check_range, required, word};
use super::named;
use super::operation::{Access, Caller, Entry, Operation};
use super::page::Page;
use super::wire::Empty;
use crate::cx::Cx;
use crate::domain::ids::PoolId;
use crate::domain::terms::Terms;
use crate::error::{Error, Taken, Thing};
use crate::store;

/// The family's table.
pub const OPERATIONS: &[Entry] = &[
    Entry::of::<CreateTerms>(),
    Entry::of::<UpdateTerms>(),
    Entry::of::<DeleteTerms>(),
    Entry::of::<DescribeTerms>(),
    Entry::of::<DescribeTermsByClient>(),
    Entry::of::<ListTerms>(),
];

#[derive(Serialize)]
#[serde(rename_all = "PascalCase")]
struct TermsType {
    terms_id: String,
    user_pool_id: String,
    client_id: String,
    terms_name: String,
    terms_source: &'static str,
    enforcement: &'static str,
    links: BTreeMap<String, String>,
    creation_date: f64,
    last_modified_date: f64,
}

#[derive(Serialize)]
#[serde(rename_all = "PascalCase")]
struct TermsOutput {
    terms: TermsType,
}

/// Makes a document for a client.
#[derive(Deserialize)]
#[serde(rename_all = "PascalCase")]
struct CreateTerms {
    user_pool_id: Option<String>,
    client_id: Option<String>,
    terms_name: Option<String>,
    terms_source: Option<String>,
    enforcement: Option<String>,
    links: Option<BTreeMap<String, String>>,
}

impl Operation for CreateTerms {
    const NAME: &'static str = "CreateTerms";
    const ACCESS: Access = Access::Admin;
    type Output = TermsOutput;

    async fn run(self, cx: &Cx, _caller: &Caller) -> Result<Self::Output, Error> {
        let name = TERMS_NAME.required("termsName", self.terms_name)?;
        check_words(
            Some(required("termsSource", self.terms_source)?),
            Some(required("enforcement", self.enforcement)?),
        )?;
        let links = self.links.map(links_from).transpose()?.unwrap_or_default();
        let entry = named::client_of_pool(cx, self.user_pool_id, self.client_id).await?;
        let now = cx.now();
        let terms = Terms {
            id: cx.random().uuid(),
            pool_id: entry.pool_id().clone(),
            client_id: entry.client.id.clone(),
            name,
            links,
            created_at: now,
            modified_at: now,
        };
        let kept = terms.clone();
        cx.change_settings(move |db| {
            Box::pin(async move {
                if !store::terms::insert(db, &kept).await? {
                    return Err(Error::Exists(Taken::Terms));
                }
                Ok(())
            })
        })
        .await?;
        Ok(TermsOutput { terms: terms.into() })
    }
}

/// Replaces what is given of a document.
#[derive(Deserialize)]
#[serde(rename_all = "PascalCase")]
struct UpdateTerms {
    terms_id: Option<String>,
    user_pool_id: Option<String>,
    terms_name: Option<String>,
    terms_source: Option<String>,
    enforcement: Option<String>,
    links: Option<BTreeMap<String, String>>,
}

impl Operation for UpdateTerms {
    const NAME: &'static str = "UpdateTerms";
    const ACCESS: Access = Access::Admin;
    type Output = TermsOutput;

    async fn run(self, cx: &Cx, _caller: &Caller) -> Result<Self::Output, Error> {
        let name = TERMS_NAME.optional("termsName", self.terms_name)?;
        check_words(self.terms_source, self.enforcement)?;
        let links = self.links.map(links_from).transpose()?;
        let mut terms = found(cx, self.user_pool_id, self.terms_id).await?;
        terms.name = name.unwrap_or(terms.name);
        terms.links = links.unwrap_or(terms.links);
        terms.modified_at = cx.now();
        let kept = terms.clone();
        cx.change_settings(move |db| {
            Box::pin(async move {
                if !store::terms::update(db, &kept).await? {
                    return Err(Error::Exists(Taken::Terms));
                }
                Ok(())
            })
        })
        .await?;
        Ok(TermsOutput { terms: terms.into() })
    }
}

/// Deletes a document.
#[derive(Deserialize)]
#[serde(rename_all = "PascalCase")]
struct DeleteTerms {
    terms_id: Option<String>,
    user_pool_id: Option<String>,
}

impl Operation for DeleteTerms {
    const NAME: &'static str = "DeleteTerms";
    const ACCESS: Access = Access::Admin;
    type Output = Empty;

    async fn run(self, cx: &Cx, _caller: &Caller) -> Result<Self::Output, Error> {
        let id = TERMS_ID.required("termsId", self.terms_id)?;
        let pool: PoolId = named::pool(cx, self.user_pool_id).await?.pool.id.clone();
        cx.change_settings(move |db| {
            Box::pin(async move {
                if !store::terms::delete(db, &id, &pool).await? {
                    return Err(Error::NotFound(Thing::Terms));
                }
                Ok(())
            })
        })
        .await?;
        Ok(Empty {})
    }
}

/// Describes a document by its id.
#[derive(Deserialize)]
#[serde(rename_all = "PascalCase")]
struct DescribeTerms {
    terms_id: Option<String>,
    user_pool_id: Option<String>,
}

impl Operation for DescribeTerms {
    const NAME: &'static str = "DescribeTerms";
    const ACCESS: Access = Access::Admin;
    type Output = TermsOutput;

    async fn run(self, cx: &Cx, _caller: &Caller) -> Result<Self::Output, Error> {
        Ok(TermsOutput { terms: found(cx, self.user_pool_id, self.terms_id).await?.into() })
    }
}

/// Describes a document by its client and name.
#[derive(Deserialize)]
#[serde(rename_all = "PascalCase")]
struct DescribeTermsByClient {
    client_id: Option<String>,
    user_pool_id: Option<String>,
    terms_name: Option<String>,
}

impl Operation for DescribeTermsByClient {
    const NAME: &'static str = "DescribeTermsByClient";
    const ACCESS: Access = Access::Admin;
    type Output = TermsOutput;

    async fn run(self, cx: &Cx, _caller: &Caller) -> Result<Self::Output, Error> {
        let name = TERMS_NAME.required("termsName", self.terms_name)?;
        let entry = named::client_of_pool(cx, self.user_pool_id, self.client_id).await?;
        let known = entry.terms.iter().find(|terms| terms.name == name);
        Ok(TermsOutput { terms: known.ok_or(Error::NotFound(Thing::Terms))?.clone().into() })
    }
}

/// Lists the documents of a pool.
#[derive(Deserialize)]
#[serde(rename_all = "PascalCase")]
struct ListTerms {
    user_pool_id: Option<String>,
    max_results: Option<i64>,
    next_token: Option<String>,
}

#[derive(Serialize)]
#[serde(rename_all = "PascalCase")]
struct ListTermsOutput {
    terms: Vec<TermsDescriptionType>,
    #[serde(skip_serializing_if = "Option::is_none")]
    next_token: Option<String>,
}

#[derive(Serialize)]
#[serde(rename_all = "PascalCase")]
struct TermsDescriptionType {
    terms_id: String,
    terms_name: String,
    enforcement: &'static str,
    creation_date: f64,
    last_modified_date: f64,
}

impl Operation for ListTerms {
    const NAME: &'static str = "ListTerms";
    const ACCESS: Access = Access::Admin;
    type Output = ListTermsOutput;

    async fn run(self, cx: &Cx, _caller: &Caller) -> Result<Self::Output, Error> {
        let limit = self.max_results.unwrap_or(60);
        check_range("maxResults", limit, (1, 60))?;
        let page = Page::after(self.next_token, limit)?;
        let pool = named::pool(cx, self.user_pool_id).await?;
        let found =
            store::terms::of_pool(&mut *cx.store.read().await?, &pool.pool.id, &page.after, page.wanted()).await?;
        let (terms, next_token) = page.cut(found, |terms| terms.id.clone());
        let describe = |terms: Terms| TermsDescriptionType {
            terms_id: terms.id,
            terms_name: terms.name,
            enforcement: "NONE",
            creation_date: terms.created_at.fractional_seconds(),
            last_modified_date: terms.modified_at.fractional_seconds(),
        };
        Ok(ListTermsOutput { terms: terms.into_iter().map(describe).collect(), next_token })
    }
}

impl From<Terms> for TermsType {
    fn from(terms: Terms) -> Self {
        Self {
            terms_id: terms.id,
            user_pool_id: terms.pool_id.to_string(),
            client_id: terms.client_id.to_string(),
            terms_name: terms.name,
            terms_source: "LINK",
            enforcement: "NONE",
            links: terms.links,
            creation_date: terms.created_at.fractional_seconds(),
            last_modified_date: terms.modified_at.fractional_seconds(),
        }
    }
}

async fn found(cx: &Cx, pool: Option<String>, id: Option<String>) -> Result<Terms, Error> {
    let id = TERMS_ID.required("termsId", id)?;
    let pool = named::pool(cx, pool).await?;
    let terms = store::terms::by_id(&mut *cx.store.read().await?, &id).await?;
    terms.filter(|terms| terms.pool_id == pool.pool.id).ok_or(Error::NotFound(Thing::Terms))
}

/// Both are reserved for the future and take one word each.
fn check_words(source: Option<String>, enforcement: Option<String>) -> Result<(), Error> {
    source.map_or(Ok(()), |text| word("termsSource", &text, &[("LINK", ())]))?;
    enforcement.map_or(Ok(()), |text| word("enforcement", &text, &[("NONE", ())]))
}

/// Only web addresses: people are sent there.
fn links_from(given: BTreeMap<String, String>) -> Result<BTreeMap<String, String>, Error> {
    check_length("links", &given, (1, 13))?;
    for (language, link) in &given {
        LANGUAGE.check("links", language)?;
        LINK_URL.check("links", link)?;
        if !link.starts_with("https://") && !link.starts_with("http://") {
            return Err(Error::InvalidParameter(format!("Invalid URL {link} in links")));
        }
    }
    Ok(given)
}
