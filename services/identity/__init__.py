"""The embedded identity provider: accounts, logins and signed tokens, behind the same OIDC discovery as any other provider.

It owns accounts and nothing else; services know it only by its issuer address. For trying the product out and for small offices:
a district that has an identity provider names that one instead.
"""
