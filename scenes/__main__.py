"""`python -m scenes` is the command line."""

from scenes.cli import main

if __name__ == "__main__":
    main()
