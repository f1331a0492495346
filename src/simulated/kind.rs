//! Owns what tells the six simulated providers apart: their names, paths and habits at the picker page.
//! It must not know how each speaks.

/// One of the simulated providers.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Kind {
    /// A look-alike of Google.
    Google,
    /// A look-alike of Facebook Login.
    Facebook,
    /// A look-alike of Login with Amazon.
    Amazon,
    /// A look-alike of Sign in with Apple.
    Apple,
    /// An OpenID Connect provider.
    Oidc,
    /// A SAML 2.0 identity provider.
    Saml,
}

impl Kind {
    /// All of them, in the order of the index page.
    pub const ALL: [Self; 6] = [Self::Google, Self::Facebook, Self::Amazon, Self::Apple, Self::Oidc, Self::Saml];

    /// The first part of its paths; also its class in the style sheet.
    #[must_use]
    pub const fn slug(self) -> &'static str {
        match self {
            Self::Google => "google",
            Self::Facebook => "facebook",
            Self::Amazon => "amazon",
            Self::Apple => "apple",
            Self::Oidc => "oidc",
            Self::Saml => "saml",
        }
    }

    /// What it is called on its pages, after "Simulated".
    #[must_use]
    pub const fn label(self) -> &'static str {
        match self {
            Self::Google => "Google",
            Self::Facebook => "Facebook",
            Self::Amazon => "Login with Amazon",
            Self::Apple => "Sign in with Apple",
            Self::Oidc => "OpenID Connect provider",
            Self::Saml => "SAML identity provider",
        }
    }

    /// Whether it says if an address is verified. Facebook and Amazon do not.
    #[must_use]
    pub const fn has_verified_flag(self) -> bool {
        !matches!(self, Self::Facebook | Self::Amazon)
    }

    /// Whether what it says about a person is signed; otherwise a broken token is one that it refuses itself.
    #[must_use]
    pub const fn has_signature(self) -> bool {
        !matches!(self, Self::Facebook | Self::Amazon)
    }

    /// Whether `prompt` of OpenID Connect Core 1.0 §3.1.2.1 means something to it.
    #[must_use]
    pub const fn has_prompt(self) -> bool {
        matches!(self, Self::Google | Self::Oidc)
    }
}
