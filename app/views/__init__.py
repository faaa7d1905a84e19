"""The explorer's pages: one module each, and beside them what they share.

The folder isn't named `pages`: Streamlit would take that for an older kind of application made of scripts.
"""
