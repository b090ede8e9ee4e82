"""The three versions 三方数据 of a household's year: what its helper entered, what the village entered, what it confirmed."""
