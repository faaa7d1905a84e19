"""The explorer's pages. Each module holds one page; what they share stands in `app.pages.frame` and beside it."""
