"""The book's figures: one module a chapter, from a result to a matplotlib figure."""
