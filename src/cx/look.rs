//! Owns which look a client's pages have: the classic customisation, or a managed login style. It is put together
//! when a client comes into memory, and holds only addresses; the files are read when a browser asks for them.

use super::{ClientEntry, Cx, PoolEntry};
use crate::domain::branding::{AssetKey, Branding};
use crate::domain::branding_css::{Scheme, picture, scheme};
use crate::domain::client::Client;
use crate::domain::pool_domain::PoolDomain;
use crate::error::Error;
use crate::store::{self, Db};

/// How pages look.
#[derive(Debug, Clone, Default)]
pub struct Look {
    /// The stylesheet's path.
    pub stylesheet: Option<String>,
    /// The logo's path.
    pub logo: Option<String>,
    /// The icon's path and media type.
    pub icon: Option<(String, &'static str)>,
    /// The bar above the page.
    pub header: Option<LookBar>,
    /// The bar below the page.
    pub footer: Option<LookBar>,
    /// Whether the stylesheet leaves no choice between light and dark.
    pub is_fixed: bool,
    /// Whether the providers stand before the password.
    pub puts_providers_first: bool,
    /// The names of the providers that come first among them, in this order.
    pub provider_order: Vec<String>,
}

/// A bar above or below the page.
#[derive(Debug, Clone, Default)]
pub struct LookBar {
    /// The path of its logo.
    pub logo: Option<String>,
}

/// The looks that a client has.
#[derive(Debug, Default)]
pub struct Looks {
    /// On the classic pages.
    pub classic: Option<Look>,
    /// On the pages of managed login.
    pub managed: Option<Look>,
}

impl ClientEntry {
    /// The look of this client's pages at `domain`, or at the server's own address.
    #[must_use]
    pub fn look(&self, domain: Option<&PoolDomain>) -> Option<&Look> {
        let domains = &self.pool.domains;
        let is_managed = domain.map_or_else(
            || domains.is_empty() || domains.iter().any(PoolDomain::has_managed_login),
            PoolDomain::has_managed_login,
        );
        let managed = self.looks.managed.as_ref().filter(|_| is_managed);
        managed.or_else(|| self.looks.classic.as_ref().filter(|_| domain.is_none_or(|one| !one.has_managed_login())))
    }

    /// Whether `domain` shows managed login's pages and this client has no style for them (spec: errors). One that
    /// registered itself has nobody to make a style, and needs none.
    #[must_use]
    pub fn lacks_style(&self, domain: Option<&PoolDomain>) -> bool {
        domain.is_some_and(PoolDomain::has_managed_login)
            && self.looks.managed.is_none()
            && !self.client.is_registered()
    }
}

impl Cx {
    pub(super) async fn looks(&self, db: &mut Db, pool: &PoolEntry, client: &Client) -> Result<Looks, Error> {
        let pool_id = &pool.pool.id;
        let own = store::ui_customizations::by_target(db, pool_id, client.id.as_str()).await?;
        let classic = match own {
            Some(own) => Some(own),
            None => store::ui_customizations::by_target(db, pool_id, "ALL").await?,
        };
        let classic = classic.map(|one| {
            let at = |file: &str| format!("/looks/{pool_id}/{}/c{}/{file}", one.target, one.modified_at.0);
            Look {
                stylesheet: one.css.is_some().then(|| at("style.css")),
                logo: one.image_type.is_some().then(|| at("logo")),
                is_fixed: one.css.is_some(),
                ..Look::default()
            }
        });
        let managed = match store::brandings::by_client(db, &client.id).await? {
            None => None,
            Some(branding) => {
                let assets = store::brandings::asset_keys(db, &branding.id).await?;
                Some(managed_look(&branding, &assets))
            }
        };
        Ok(Looks { classic, managed })
    }
}

fn managed_look(branding: &Branding, assets: &[AssetKey]) -> Look {
    let settings = crate::domain::branding::BrandingSettings::provided().merged(&branding.settings);
    let scheme = scheme(&settings);
    let mode = if scheme == Scheme::Dark { "DARK" } else { "LIGHT" };
    let at = |key: &AssetKey| asset_path(branding, key);
    let icons = settings.words("components.favicon.enabledTypes");
    let icon = |kind: &str, media_type: &'static str| {
        let key = picture(assets, &format!("FAVICON_{kind}"), mode).filter(|_| icons.contains(&kind));
        key.map(|key| (at(key), media_type))
    };
    let logo = |component: &str, category: &str| {
        let is_shown = settings.is_on(&format!("components.{component}.logo.enabled"));
        picture(assets, category, mode).filter(|_| is_shown).map(at)
    };
    let bar = |component: &str, category: &str| {
        let is_shown = settings.is_on(&format!("categories.global.{component}.enabled"));
        is_shown.then(|| LookBar { logo: logo(component, category) })
    };
    Look {
        stylesheet: Some(format!("{}/style.css", folder(branding))),
        logo: logo("form", "FORM_LOGO"),
        header: bar("pageHeader", "PAGE_HEADER_LOGO"),
        footer: bar("pageFooter", "PAGE_FOOTER_LOGO"),
        icon: icon("SVG", "image/svg+xml").or_else(|| icon("ICO", "image/x-icon")),
        is_fixed: scheme != Scheme::Dynamic,
        puts_providers_first: branding.settings.puts_providers_first(),
        provider_order: settings.words("categories.auth.federation.order").into_iter().map(str::to_owned).collect(),
    }
}

/// Where the files of a style are served; a change moves them.
#[must_use]
pub fn folder(branding: &Branding) -> String {
    format!("/looks/{}/{}/m{}", branding.pool_id, branding.client_id, branding.modified_at.0)
}

/// Where a picture of a style is served.
#[must_use]
pub fn asset_path(branding: &Branding, key: &AssetKey) -> String {
    let resource = key.resource_id.replace(' ', "%20");
    format!("{}/{}.{}.{resource}", folder(branding), key.category, key.color_mode)
}
