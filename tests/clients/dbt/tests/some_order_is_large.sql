{{ config(severity='warn') }}
select id from {{ ref('stg_orders') }} where amount > 1000
