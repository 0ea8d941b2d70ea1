"""The product as it is used: installed from its release archive, in a Home Assistant that runs."""
