"""`python -m tillsight` does what `tillsight` does."""

from tillsight.cli import main

if __name__ == "__main__":
    main()
