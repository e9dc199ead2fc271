"""The guided tour: AO in five minutes, at the prompt, over processes that are thrown away afterwards."""
