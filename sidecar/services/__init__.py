"""The rules of the product. Services know the store, the jobs, the engines' client and the text; nobody above them."""
