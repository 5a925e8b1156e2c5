"""The networks of the zoo, by what they are for; the builders are imported when they are first used."""
